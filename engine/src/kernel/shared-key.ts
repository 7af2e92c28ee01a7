import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const KEY_BYTES = 32;

/** The key of 32 bytes at `path`; made when absent, by whichever program comes first. */
export async function sharedKey(path: string): Promise<Buffer> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, randomBytes(KEY_BYTES), { mode: 0o600 });
  try {
    // link(2) fails when the name exists: the first program wins, whole.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await chmod(path, 0o600);
  const key = await readFile(path);
  if (key.length !== KEY_BYTES) throw new Error(`the key file ${path} does not hold ${KEY_BYTES} bytes`);
  return key;
}
