import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readRepository } from '../repository.ts';
import { CAMERAS_PAGE, withProofs } from './rule.ts';

/** Writes the names of the tests into the table of camera behaviours. */
const root = resolve(import.meta.dirname, '../../..');
const file = join(root, CAMERAS_PAGE);
await writeFile(file, withProofs(await readFile(file, 'utf8'), await readRepository(root)));
