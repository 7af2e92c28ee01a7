import { setImmediate } from 'node:timers/promises';
import type { DiskCalls, DiskHandle } from '../disk-calls.ts';
import { createFileStorage, type FootageFile, type Storage } from '../storage.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** The disk with every handle changed. */
const handles = (
  disk: DiskCalls,
  change: (handle: DiskHandle, path: string) => Partial<DiskHandle>,
): DiskCalls => ({
  open: async (path, flags, mode) => {
    const handle = await disk.open(path, flags, mode);
    return { ...handle, ...change(handle, path) };
  },
  mkdir: (path) => disk.mkdir(path),
  readdir: (path) => disk.readdir(path),
  rm: (path) => disk.rm(path),
});

const isFile = (path: string): boolean => path.endsWith('.mp4');

/** Tells before it writes. */
function rowFirst(disk: SimulatedDisk): Storage {
  const storage = createFileStorage(disk);
  const later = (file: FootageFile): FootageFile => {
    let work = Promise.resolve();
    const after = async (task: () => Promise<void>): Promise<void> => {
      work = work.then(() => setImmediate()).then(task);
    };
    return {
      append: (buffers, what) => {
        const kept = buffers.map((buffer) => Buffer.from(buffer));
        return after(() => file.append(kept, what));
      },
      sync: () => after(() => file.sync()),
      cut: (size) => after(() => file.cut(size)),
      close: () => after(() => file.close()),
    };
  };
  return { ...storage, create: async (path) => later(await storage.create(path)) };
}

/** Writes the file anew beside the old one and puts it in its place before its bytes are synced. */
function renameBeforeSync(disk: SimulatedDisk): Storage {
  const storage = createFileStorage(disk);
  return {
    ...storage,
    async create(path) {
      const file = await storage.create(path);
      return {
        ...file,
        append: async (buffers) => {
          const before = disk.files.get(path)!.seen;
          const beside = await disk.open(`${path}.new`, 0o301);
          await beside.writev([before, ...buffers]);
          await beside.close();
          disk.files.set(path, disk.files.get(`${path}.new`)!);
          disk.files.delete(`${path}.new`);
        },
        sync: async () => {
          const folder = await disk.open(path.slice(0, path.lastIndexOf('/')), 0);
          await folder.sync();
          await folder.close();
        },
        cut: (size) => file.cut(size),
        close: () => file.close(),
      };
    },
  };
}

/** Ways to write footage that lose it, each by the name that it has in storage folklore. */
export const SEEDED_BUGS: Readonly<Record<string, (disk: SimulatedDisk) => Storage>> = {
  'row first': rowFirst,
  'no fsync': (disk) =>
    createFileStorage(handles(disk, (_, path) => (isFile(path) ? { datasync: async () => undefined } : {}))),
  'no directory fsync': (disk) =>
    createFileStorage(handles(disk, (_, path) => (isFile(path) ? {} : { sync: async () => undefined }))),
  'fsync retried': (disk) =>
    createFileStorage(
      handles(disk, (handle) => ({ datasync: () => handle.datasync().catch(() => handle.datasync()) })),
    ),
  'short write ignored': (disk) =>
    createFileStorage(
      handles(disk, (handle) => ({
        writev: async (buffers) => {
          await handle.writev(buffers);
          return { bytesWritten: buffers.reduce((sum, { length }) => sum + length, 0) };
        },
      })),
    ),
  'rename before sync': renameBeforeSync,
};
