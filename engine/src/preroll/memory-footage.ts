import { basename, dirname } from 'node:path';
import type { FootageHandle, FootageStore } from '../playback/index.ts';
import type { Storage } from '../recorder/index.ts';

/** One file, in the pieces in which it was written. */
class MemoryFile {
  readonly pieces: Buffer[] = [];
  size = 0;
  /** UTC milliseconds of the last write. */
  modified: number;

  constructor(modified: number) {
    this.modified = modified;
  }
}

/**
 * Footage that is in memory alone, one folder a stream: written like that on disk, and given up from its oldest
 * file on.
 */
export class MemoryFootage {
  readonly #utc: () => number;
  /** By folder and name, oldest first. */
  readonly #folders = new Map<string, Map<string, MemoryFile>>();

  constructor(utc: () => number) {
    this.#utc = utc;
  }

  /** Where a recorder writes it. */
  readonly storage: Storage = {
    create: async (path) => {
      const files = this.#folders.get(dirname(path)) ?? new Map<string, MemoryFile>();
      this.#folders.set(dirname(path), files);
      if (files.has(basename(path))) throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
      const file = new MemoryFile(this.#utc());
      files.set(basename(path), file);
      return {
        append: async (buffers) => {
          // What is handed over is another's memory.
          const piece = Buffer.concat(buffers);
          file.pieces.push(piece);
          file.size += piece.length;
          file.modified = this.#utc();
        },
        sync: async () => undefined,
        cut: async () => undefined,
        close: async () => undefined,
      };
    },
    open: () => Promise.reject(new Error('memory is never mended')),
    list: async (folder) => [...(this.#folders.get(folder)?.keys() ?? [])],
    remove: async (path) => this.drop(path),
  };

  /** Where it is played from. */
  readonly store: FootageStore = {
    list: (folder) => this.storage.list(folder),
    open: async (path) => {
      const file = this.#folders.get(dirname(path))?.get(basename(path));
      return file && handleOf(file);
    },
  };

  /** Names and sizes of a folder's files, oldest first. */
  files(folder: string): { name: string; size: number }[] {
    return [...(this.#folders.get(folder) ?? [])].map(([name, { size }]) => ({ name, size }));
  }

  /** Gives up a file, or a folder. Who reads it still has it. */
  drop(path: string): void {
    if (this.#folders.delete(path)) return;
    const files = this.#folders.get(dirname(path));
    files?.delete(basename(path));
    if (files?.size === 0) this.#folders.delete(dirname(path));
  }
}

function handleOf({ pieces, size, modified }: MemoryFile): FootageHandle {
  const held = [...pieces];
  return {
    size,
    modified,
    read: async (offset, length) => slice(held, offset, Math.max(0, Math.min(length, size - offset))),
    close: async () => undefined,
  };
}

/** A copy of `length` bytes from `offset` on. */
function slice(pieces: readonly Buffer[], offset: number, length: number): Buffer {
  const out = Buffer.allocUnsafe(length);
  let at = 0;
  let filled = 0;
  for (const piece of pieces) {
    const from = Math.max(0, offset - at);
    at += piece.length;
    if (from >= piece.length) continue;
    filled += piece.copy(out, filled, from, Math.min(piece.length, from + length - filled));
    if (filled === length) break;
  }
  return out.subarray(0, filled);
}

/** Both, the first one first; a name that both have is the first one's. */
export function joined(first: FootageStore, second: FootageStore): FootageStore {
  return {
    async list(folder) {
      return [...new Set([...(await first.list(folder)), ...(await second.list(folder))])];
    },
    async open(path) {
      return (await first.open(path)) ?? (await second.open(path));
    },
  };
}
