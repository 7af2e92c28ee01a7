import { resolve } from 'node:path';
import { buildCommands, buildPrograms } from '../programs/build.ts';

/** For the image: everything of the product that is JavaScript, made of its sources. */
const root = resolve(import.meta.dirname, '../../..');
await buildPrograms(root);
await buildCommands(root);
