import { mkdir, open, readdir, rm } from 'node:fs/promises';

/** An open file or folder; `node:fs/promises` FileHandle is one. */
export interface DiskHandle {
  stat(): Promise<{ size: number }>;
  writev(buffers: readonly Uint8Array[]): Promise<{ bytesWritten: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** What the storage asks of the system; each call may fail, and what was not synced may be lost. */
export interface DiskCalls {
  open(path: string, flags: string | number, mode?: number): Promise<DiskHandle>;
  /** With the folders above it; answers the first that was made. */
  mkdir(path: string): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  /** A file, or a folder with all that is in it; absent is no error. */
  rm(path: string): Promise<void>;
}

/** The file system of this machine. */
export const systemDisk: DiskCalls = {
  open,
  mkdir: (path) => mkdir(path, { recursive: true }),
  readdir: (path) => readdir(path),
  rm: (path) => rm(path, { force: true, recursive: true }),
};
