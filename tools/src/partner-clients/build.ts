import { resolve } from 'node:path';
import { buildClient } from './built.ts';

/** `npm run build:client`: the package that partners install, in clients/typescript/dist. */
await buildClient(resolve(import.meta.dirname, '../../../clients/typescript/dist'));
