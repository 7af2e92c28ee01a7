import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type LockFile, missingPlatforms, withPlatforms } from './lock-file.ts';

/** `npm run lock`: after `npm install` has changed `package-lock.json`, makes it one that `npm ci` accepts. */
const path = resolve(import.meta.dirname, '../../package-lock.json');
const lock = JSON.parse(await readFile(path, 'utf8')) as LockFile;
const missing = missingPlatforms(lock);
if (missing.length > 0) await writeFile(path, `${JSON.stringify(withPlatforms(lock), null, 2)}\n`);
console.log(missing.length > 0 ? `added ${missing.join(', ')}` : 'nothing is missing');
