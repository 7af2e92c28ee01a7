import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(?:_\d{1,4})?(?:__[\w.-]+)?\.mp4$/;

export interface FootageFile {
  readonly filename: string;
  readonly path: string;
  readonly bytes: number;
}

/** Folder of a stream's newest footage. */
export const footageFolder = (dataDir: string, streamId: string): string =>
  join(dataDir, 'recordings', 'hot', streamId);

/**
 * A stream's files, oldest first, but for those whose paths are in `known`; none while the folder is not there
 * yet. One that goes meanwhile is left out.
 */
export async function footage(
  dataDir: string,
  streamId: string,
  known: ReadonlySet<string> = new Set(),
): Promise<FootageFile[]> {
  const folder = footageFolder(dataDir, streamId);
  const names = (await namesIn(folder)).filter(
    (name) => name.endsWith('.mp4') && !known.has(join(folder, name)),
  );
  const files = await Promise.all(names.sort().map((filename) => sized(folder, filename)));
  return files.filter((file) => file !== undefined);
}

async function sized(folder: string, filename: string): Promise<FootageFile | undefined> {
  const path = join(folder, filename);
  try {
    return { filename, path, bytes: (await stat(path)).size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Anything in a stream's folder that is not named as footage is: temporary files, leftovers. */
export async function strangers(dataDir: string, streamId: string): Promise<string[]> {
  return (await namesIn(footageFolder(dataDir, streamId))).filter((name) => !NAME.test(name));
}

/** Bytes of all files of a stream. */
export async function footageBytes(dataDir: string, streamId: string): Promise<number> {
  return (await footage(dataDir, streamId)).reduce((sum, file) => sum + file.bytes, 0);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
