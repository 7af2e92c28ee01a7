import { resolve } from 'node:path';
import { buildPrograms } from './build.ts';

/** `./nightjar start` and `demo`: makes the programs when their sources have changed. */
if (await buildPrograms(resolve(import.meta.dirname, '../../..'))) console.error('The programs were built.');
