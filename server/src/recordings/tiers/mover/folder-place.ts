import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FolderSpec } from '../place.ts';
import { digestOf } from './digest.ts';
import { MoveError } from './messages.ts';
import type { Item, Known, Pace, Place } from './place.ts';

const STEP = 1024 * 1024;

/** A folder on this machine, or one that is mounted. */
export class FolderPlace implements Place {
  readonly #root: string;

  constructor({ path }: FolderSpec) {
    this.#root = path;
  }

  path({ streamId, filename }: Item): string {
    return join(this.#root, streamId, filename);
  }

  async read(item: Item): Promise<Readable> {
    return createReadStream(this.path(item), { highWaterMark: STEP });
  }

  /** Under another name until it is whole: players and recovery pass over names that are no segment's. */
  async put(file: string, cargo: Known, pace: Pace): Promise<void> {
    const path = this.path(cargo);
    const unfinished = `${path}.moving`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await copyDurably(file, unfinished, pace);
      const { sha256, bytes } = await digestOf(createReadStream(unfinished, { highWaterMark: STEP }));
      if (sha256 !== cargo.sha256) {
        throw new MoveError('store', `the copy has ${bytes} bytes that are not those of the original`);
      }
      await rename(unfinished, path);
      await syncFolder(dirname(path));
      await syncFolder(this.#root);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error instanceof MoveError ? error : refused(error);
    }
  }

  async remove(item: Item): Promise<void> {
    await rm(this.path(item), { force: true }).catch((error: unknown) => {
      throw refused(error);
    });
  }

  close(): void {
    // Nothing is kept open.
  }
}

async function copyDurably(from: string, to: string, pace: Pace): Promise<void> {
  const target = await open(to, 'w', 0o640);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: STEP }) as AsyncIterable<Buffer>) {
      await target.writev([chunk]).then(({ bytesWritten }) => {
        // A full disk takes less without an error.
        if (bytesWritten < chunk.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      });
      await pace(chunk.length);
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const refused = (error: unknown): MoveError =>
  new MoveError('store', `the folder refuses (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, {
    cause: error,
  });
