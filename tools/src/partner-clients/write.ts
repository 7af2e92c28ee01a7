import { writeFile } from 'node:fs/promises';
import { clientTexts } from './texts.ts';

/** Writes the shapes of the contract into the clients of partners. */
for (const { path, text } of await clientTexts()) await writeFile(path, text);
