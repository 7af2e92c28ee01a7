import { dirname } from 'node:path';
import type { FootageFile, Storage, StoredFile } from '../storage.ts';

/** What somebody asked of the disk. */
export interface Operation {
  readonly kind:
    | 'create'
    | 'append'
    | 'sync'
    | 'cut'
    | 'close'
    | 'open'
    | 'read'
    | 'repair'
    | 'list'
    | 'remove';
  readonly path: string;
}

/** A file as the programs see it, and as a power cut would leave it. */
export interface MemoryFile {
  bytes: Buffer;
  /** Bytes that were synced. */
  durable: number;
}

export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** A disk in memory that can be slow, full and broken. */
export class MemoryStorage implements Storage {
  readonly files = new Map<string, MemoryFile>();
  readonly operations: Operation[] = [];
  /** Files opened or created and not closed. */
  openFiles = 0;
  /** Bytes that can still be written. */
  free = Number.POSITIVE_INFINITY;
  /** Called before each operation; throws to let it fail, returns a promise to make it wait. */
  fault: (operation: Operation) => void | Promise<void> = () => undefined;

  async create(path: string): Promise<FootageFile> {
    await this.#begin('create', path);
    if (this.files.has(path)) throw systemError('EEXIST');
    const file: MemoryFile = { bytes: Buffer.alloc(0), durable: 0 };
    this.files.set(path, file);
    this.openFiles++;
    return {
      append: (buffers) => this.#append(path, file, buffers),
      read: (offset, length) => this.#read(path, file, offset, length),
      sync: async () => {
        const { length } = file.bytes;
        await this.#begin('sync', path);
        file.durable = Math.max(file.durable, length);
      },
      cut: async (size) => {
        await this.#begin('cut', path);
        file.bytes = file.bytes.subarray(0, size);
      },
      close: () => this.#close(path),
    };
  }

  async open(path: string): Promise<StoredFile> {
    await this.#begin('open', path);
    const file = this.files.get(path);
    if (!file) throw systemError('ENOENT');
    this.openFiles++;
    return {
      size: file.bytes.length,
      read: (offset, length) => this.#read(path, file, offset, length),
      repair: async (size, tail) => {
        file.bytes = file.bytes.subarray(0, size);
        await this.#append(path, file, [tail], 'repair');
        file.durable = file.bytes.length;
      },
      close: () => this.#close(path),
    };
  }

  async list(folder: string): Promise<string[]> {
    await this.#begin('list', folder);
    const below = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0]!))];
  }

  async remove(path: string): Promise<void> {
    await this.#begin('remove', path);
    for (const name of [...this.files.keys()])
      if (name === path || name.startsWith(`${path}/`)) this.files.delete(name);
  }

  /** Names of the files in the folder of `path`'s stream, sorted. */
  namesIn(folder: string): string[] {
    return [...this.files.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1))
      .sort();
  }

  /** Writes what fits, as a full disk does, before it fails. Looks at the buffers as late as the system does. */
  async #append(
    path: string,
    file: MemoryFile,
    buffers: readonly Buffer[],
    kind: Operation['kind'] = 'append',
  ): Promise<void> {
    await this.#begin(kind, path);
    const bytes = Buffer.concat(buffers);
    const fits = bytes.subarray(0, Math.min(bytes.length, this.free));
    this.free -= fits.length;
    file.bytes = Buffer.concat([file.bytes, fits]);
    if (fits.length < bytes.length) throw systemError('ENOSPC');
  }

  async #read(path: string, file: MemoryFile, offset: number, length: number): Promise<Buffer> {
    await this.#begin('read', path);
    return Buffer.from(file.bytes.subarray(offset, offset + length));
  }

  async #close(path: string): Promise<void> {
    this.openFiles--;
    await this.#begin('close', path);
  }

  async #begin(kind: Operation['kind'], path: string): Promise<void> {
    const operation = { kind, path };
    this.operations.push(operation);
    await this.fault(operation);
  }
}

/** Random access to a buffer. */
export const bytesPort = (
  bytes: Buffer,
): { size: number; read(offset: number, length: number): Promise<Buffer> } => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
