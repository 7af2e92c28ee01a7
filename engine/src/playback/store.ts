import { type FileHandle, open, readdir } from 'node:fs/promises';
import type { RandomAccess } from '@nightjar/media/mp4';

/** A file of footage opened for reading; `size` is that at opening. */
export interface FootageHandle extends RandomAccess {
  /** UTC milliseconds of the last write. */
  readonly modified: number;
  /** Of a file of this machine that others may read as well. */
  readonly path?: string | undefined;
  /** Whether anything will be appended, where that is not told by an index at its end. */
  readonly closed?: boolean;
  /** `into`: is used for what is read where that fits, so that a walk needs no new memory for each step. */
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where footage is read from. */
export interface FootageStore {
  /** Names in a folder; empty when there is none. */
  list(folder: string): Promise<string[]>;
  /** Undefined when there is no such file. */
  open(path: string): Promise<FootageHandle | undefined>;
}

/** The file system. */
export const fileStore: FootageStore = {
  async list(folder) {
    return (await orUndefined(readdir(folder))) ?? [];
  },
  async open(path) {
    const handle = await orUndefined(open(path, 'r'));
    if (!handle) return undefined;
    try {
      const facts = await handle.stat();
      if (facts.isFile()) return new ReadHandle(handle, path, facts);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  },
};

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

class ReadHandle implements FootageHandle {
  readonly size: number;
  readonly modified: number;
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, path: string, { size, mtimeMs }: { size: number; mtimeMs: number }) {
    this.#handle = handle;
    this.path = path;
    this.size = size;
    this.modified = mtimeMs;
  }

  async read(offset: number, length: number, into?: Buffer): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const target = into && into.length >= wanted ? into : Buffer.allocUnsafe(wanted);
    const { buffer, bytesRead } = await this.#handle.read(target, 0, wanted, offset);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
