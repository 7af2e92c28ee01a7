import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

/** Replaces a file in one step: a reader sees the old content or the new one, never a part. */
export async function replaceFile(path: string, content: string, mode = 0o644): Promise<void> {
  await rename(await writeTemporary(path, content, mode), path);
}

/**
 * The `bytes` random bytes in a key file (mode 0600), made by whichever program comes first: link(2)
 * fails when the name is taken, so two programs that start together agree. Throws on any other size.
 */
export async function keyFile(path: string, bytes: number): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const existing = await readIfThere(path);
  if (existing === undefined) {
    const temporary = await writeTemporary(path, randomBytes(bytes), 0o600);
    try {
      await link(temporary, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      await unlink(temporary);
    }
  }
  const key = existing ?? (await readFile(path));
  if (key.length !== bytes) throw new Error(`${path} holds ${key.length} bytes and not ${bytes}`);
  return key;
}

/** Keys that were in use before: the file holds them one behind the other; none where there is no file. */
export async function olderKeys(path: string, bytes: number): Promise<Buffer[]> {
  const content = (await readIfThere(path)) ?? Buffer.alloc(0);
  if (content.length % bytes !== 0) throw new Error(`${path} does not hold keys of ${bytes} bytes`);
  return Array.from({ length: content.length / bytes }, (_, index) =>
    content.subarray(index * bytes, (index + 1) * bytes),
  );
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether an error of the system carries `code` (errno name). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
