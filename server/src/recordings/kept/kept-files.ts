import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../kernel/index.ts';

/** What was written. */
export interface Written {
  bytes: number;
  /** Hex. */
  sha256: string;
}

const TEMPORARY = '.part';
const KEEPS_FOLDER = ['ENOTEMPTY', 'EEXIST', 'ENOENT'];

/**
 * Files of this program beside the footage, `{folder}/{stream_id}/{name}`: clips and stills that rows own. Nothing
 * of retention reaches them; they go with their row.
 */
export class KeptFiles {
  readonly #folder: string;
  /** Folders that are synced now, and the rounds that begin after that. */
  readonly #syncing = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Folder of a stream's files. Ids of streams hold letters, digits, `-` and `_` only. */
  of(streamId: string): string {
    return join(this.#folder, streamId);
  }

  /** Writes a file whole or not at all: under its name only once its bytes are durable. */
  async write(streamId: string, name: string, source: AsyncIterable<Buffer | string>): Promise<Written> {
    const folder = this.of(streamId);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const temporary = join(folder, `${name}.${randomBytes(4).toString('hex')}${TEMPORARY}`);
    const file = await open(temporary, 'wx', 0o640);
    try {
      const written = await pour(source, file);
      await file.datasync();
      await file.close();
      await rename(temporary, join(folder, name));
      await this.#sync(folder);
      return written;
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Who comes while a folder is synced shares the next round. */
  #sync(folder: string): Promise<void> {
    const shared = this.#next.get(folder);
    if (shared) return shared;
    const before = this.#syncing.get(folder)?.catch(() => undefined) ?? Promise.resolve();
    const round = before.then(() => {
      this.#next.delete(folder);
      const now = syncFolder(folder).finally(() => {
        if (this.#syncing.get(folder) === now) this.#syncing.delete(folder);
      });
      this.#syncing.set(folder, now);
      return now;
    });
    this.#next.set(folder, round);
    return round;
  }

  /** Removes files; those that are not there are no error. */
  async remove(streamId: string, names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.of(streamId), name), { force: true });
    try {
      await rmdir(this.of(streamId));
    } catch (error) {
      if (!KEEPS_FOLDER.some((code) => hasCode(error, code))) throw error;
    }
  }

  /** Removes the folders of streams that are gone; answers how many. */
  async dropStreams(streams: ReadonlySet<string>): Promise<number> {
    const gone = (await namesIn(this.#folder)).filter((streamId) => !streams.has(streamId));
    for (const streamId of gone) await rm(this.of(streamId), { recursive: true, force: true });
    return gone.length;
  }

  /** Removes what no row names; answers how many files. `running`: others may be written meanwhile, and stay. */
  async sweep(
    owned: (streamId: string) => Promise<ReadonlySet<string>>,
    { running = false }: { running?: boolean } = {},
  ): Promise<number> {
    let removed = 0;
    for (const streamId of await namesIn(this.#folder)) {
      const kept = await owned(streamId);
      const orphans = (await namesIn(this.of(streamId))).filter(
        (name) => !kept.has(name) && !(running && name.endsWith(TEMPORARY)),
      );
      await this.remove(streamId, orphans);
      removed += orphans.length;
    }
    return removed;
  }
}

/** Bytes that are collected for one write: each wakes a thread. */
const AT_ONCE = 512 * 1024;

async function pour(source: AsyncIterable<Buffer | string>, file: FileHandle): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    hash.update(buffer);
    bytes += buffer.length;
    waiting.push(buffer);
    size += buffer.length;
    if (size < AT_ONCE) continue;
    await writeAll(file, waiting);
    waiting = [];
    size = 0;
  }
  await writeAll(file, waiting);
  return { bytes, sha256: hash.digest('hex') };
}

async function writeAll(file: FileHandle, buffers: readonly Buffer[]): Promise<void> {
  let left = buffers.filter(({ length }) => length > 0);
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left);
    // The first write on a full disk returns short without an error.
    if (bytesWritten === 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' });
    left = after(left, bytesWritten);
  }
}

/** What follows the first bytes. */
function after(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let over = bytes;
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(over, buffer.length);
    over -= skipped;
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)];
  });
}

/** A new name survives a power cut only when its folder was synced (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}
