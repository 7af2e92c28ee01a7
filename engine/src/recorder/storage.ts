import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DiskCalls, type DiskHandle, systemDisk } from './disk-calls.ts';

/** What is appended: the head of the file, about a second of media, or what closes it. */
export interface Appended {
  readonly kind: 'init' | 'part' | 'index';
  /** Seconds of the leading track up to its end. */
  readonly until: number;
}

/** A file that footage is appended to. */
export interface FootageFile {
  /** Bytes of the file, where they are not those that were appended. */
  readonly stored?: number;
  /** Writes all bytes at the end or throws; a short write is not success. */
  append(buffers: readonly Buffer[], what: Appended): Promise<void>;
  /** The bytes from `offset` on, as many as there are; absent where what is stored is not what was appended. */
  read?(offset: number, length: number): Promise<Buffer>;
  /** Returns when the bytes survive a power cut. A failure is final: never repeated on the same file. */
  sync(): Promise<void>;
  /** Cuts what lies behind `size` appended bytes off a file that can not be written any more. */
  cut(size: number): Promise<void>;
  close(): Promise<void>;
}

/** An existing file, for recovery. */
export interface StoredFile {
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
  /** Cuts the file to `size` and appends `tail`; durable on return. */
  repair(size: number, tail: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Where footage lies; the real file system or a simulated one. */
export interface Storage {
  /** Makes a new file and its folders; throws EEXIST when it is there. Durable as a name on return. */
  create(path: string): Promise<FootageFile>;
  open(path: string): Promise<StoredFile>;
  /** Names in a folder; empty when there is none. */
  list(folder: string): Promise<string[]>;
  remove(path: string): Promise<void>;
}

/** Footage as files of a disk. */
export function createFileStorage(disk: DiskCalls): Storage {
  const folders = new Folders(disk);
  return {
    async create(path) {
      const folder = dirname(path);
      await folders.make(folder);
      const handle = await disk.open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o640);
      try {
        await syncFolder(disk, folder);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return new HandleFile(handle);
    },
    async open(path) {
      const handle = await disk.open(path, 'r+');
      try {
        const { size } = await handle.stat();
        return new HandleStored(handle, size);
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
    async list(folder) {
      try {
        return await disk.readdir(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    remove: (path) => disk.rm(path),
  };
}

/** Folders with those above them, whose names survive a power cut as well. */
class Folders {
  readonly #disk: DiskCalls;
  readonly #safe = new Set<string>();
  /** Their new names are not synced yet. */
  readonly #owed = new Set<string>();

  constructor(disk: DiskCalls) {
    this.#disk = disk;
  }

  async make(folder: string): Promise<void> {
    const first = await this.#disk.mkdir(folder);
    if (first === undefined && this.#safe.has(folder)) return;
    // One that is there already may be of a program that was killed before it synced the names.
    for (const above of [dirname(folder), dirname(dirname(folder))]) this.#owed.add(above);
    for (let made = folder; first !== undefined && made.length >= first.length; made = dirname(made))
      this.#owed.add(dirname(made));
    for (const owed of this.#owed) {
      await syncFolder(this.#disk, owed);
      this.#owed.delete(owed);
    }
    this.#safe.add(folder);
  }
}

/** A new name survives a power cut only when its folder was synced (fsync(2)). */
async function syncFolder(disk: DiskCalls, folder: string): Promise<void> {
  const handle = await disk.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class HandleFile implements FootageFile {
  readonly #handle: DiskHandle;

  constructor(handle: DiskHandle) {
    this.#handle = handle;
  }

  async append(buffers: readonly Buffer[]): Promise<void> {
    let rest = [...buffers];
    while (rest.length > 0) {
      // The first write on a full disk returns short without an error.
      const { bytesWritten } = await this.#handle.writev(rest);
      if (bytesWritten === 0) throw nothingWritten();
      rest = remainder(rest, bytesWritten);
    }
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  cut(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

class HandleStored implements StoredFile {
  readonly size: number;
  readonly #handle: DiskHandle;

  constructor(handle: DiskHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(wanted), 0, wanted, offset);
    return buffer.subarray(0, bytesRead);
  }

  async repair(size: number, tail: Buffer): Promise<void> {
    await this.#handle.truncate(size);
    for (let at = 0; at < tail.length; ) {
      const { bytesWritten } = await this.#handle.write(tail, at, tail.length - at, size + at);
      if (bytesWritten === 0) throw nothingWritten();
      at += bytesWritten;
    }
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function nothingWritten(): NodeJS.ErrnoException {
  return Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' });
}

/** What is left of `buffers` behind the first `written` bytes. */
function remainder(buffers: readonly Buffer[], written: number): Buffer[] {
  let skip = written;
  return buffers.flatMap((buffer) => {
    const cut = Math.min(skip, buffer.length);
    skip -= cut;
    return cut === buffer.length ? [] : [buffer.subarray(cut)];
  });
}

/** Folder of a stream's newest footage. */
export function hotFolder(basePath: string, streamId: string): string {
  return join(basePath, 'hot', streamId);
}

export const fileStorage: Storage = createFileStorage(systemDisk);
