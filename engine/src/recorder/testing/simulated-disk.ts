import { dirname } from 'node:path';
import type { DiskCalls, DiskHandle } from '../disk-calls.ts';
import { systemError } from './memory-storage.ts';

/** One call of the program. */
export interface Call {
  readonly kind:
    | 'open'
    | 'mkdir'
    | 'readdir'
    | 'rm'
    | 'write'
    | 'sync'
    | 'truncate'
    | 'read'
    | 'close'
    | 'stat';
  readonly path: string;
}

/** What becomes of a call: it fails, writes half of its bytes, or never returns, for the power is gone. */
export type Mishap = 'EIO' | 'ENOSPC' | 'short' | 'cut' | undefined;

/** What becomes of bytes and names that were not synced: fsync(2) promises nothing of them. */
export const FATES = ['lost', 'torn', 'whole', 'holes', 'garbage'] as const;
export type Fate = (typeof FATES)[number];

/** A file: as programs see it, as it would be with every dirty page written, and as it was synced last. */
interface Node {
  seen: Buffer;
  flushed: Buffer;
  synced: Buffer;
}

/**
 * A file system whose power can fail: contents survive by fsync of the file, names by fsync of their folder, removals
 * likewise. After a failed fsync the dirty pages count as clean, as on Linux: another one succeeds and saves nothing.
 */
export class SimulatedDisk implements DiskCalls {
  readonly files = new Map<string, Node>();
  readonly #folders = new Set(['/']);
  /** Names that would be there after a power cut. */
  #durable = new Set(['/']);
  calls = 0;
  openHandles = 0;
  mishap: (call: Call, nth: number) => Mishap = () => undefined;

  /** The disk after a power cut and the next start. `share`: of the torn bytes, and of names that were not synced. */
  survivor(fate: Fate, share: number): SimulatedDisk {
    const next = new SimulatedDisk();
    const kept = (path: string): boolean =>
      path === '/' || (this.#named(path, fate, share) && kept(dirname(path)));
    for (const folder of this.#folders) if (kept(folder)) next.#folders.add(folder);
    for (const [path, node] of this.files) {
      if (!kept(path)) continue;
      const bytes = remains(node, fate, share);
      next.files.set(path, { seen: bytes, flushed: bytes, synced: bytes });
    }
    next.#durable = new Set([...next.#folders, ...next.files.keys()]);
    return next;
  }

  async open(path: string, flags: string | number): Promise<DiskHandle> {
    await this.#begin('open', path);
    const creates = typeof flags === 'number' && (flags & 0o300) === 0o300;
    if (creates && this.files.has(path)) throw systemError('EEXIST');
    if (creates) {
      if (!this.#folders.has(dirname(path))) throw systemError('ENOENT');
      const none = Buffer.alloc(0);
      this.files.set(path, { seen: none, flushed: none, synced: none });
    }
    const node = this.files.get(path);
    if (!node && !this.#folders.has(path)) throw systemError('ENOENT');
    this.openHandles++;
    return this.#handle(path, node);
  }

  async mkdir(path: string): Promise<string | undefined> {
    await this.#begin('mkdir', path);
    let first: string | undefined;
    for (let folder = path; !this.#folders.has(folder); folder = dirname(folder)) {
      this.#folders.add(folder);
      first = folder;
    }
    return first;
  }

  async readdir(path: string): Promise<string[]> {
    await this.#begin('readdir', path);
    if (!this.#folders.has(path)) throw systemError('ENOENT');
    const all = [...this.files.keys(), ...this.#folders];
    return all
      .filter((each) => each !== '/' && dirname(each) === path)
      .map((each) => each.slice(path.length + 1));
  }

  async rm(path: string): Promise<void> {
    await this.#begin('rm', path);
    for (const each of [...this.files.keys()])
      if (each === path || each.startsWith(`${path}/`)) this.files.delete(each);
  }

  #named(path: string, fate: Fate, share: number): boolean {
    if (this.#durable.has(path) || fate === 'whole') return true;
    // Each name that was not synced meets its own luck.
    return fate !== 'lost' && (path.length * 7919) % 101 < share * 101;
  }

  async #begin(kind: Call['kind'], path: string): Promise<Mishap> {
    const mishap = this.mishap({ kind, path }, ++this.calls);
    if (mishap === 'cut') await new Promise<never>(() => undefined);
    if (mishap === 'short' && kind === 'write') return mishap;
    if (mishap === 'EIO' || (mishap === 'ENOSPC' && kind === 'write')) {
      if (kind === 'sync') this.#forget(path);
      throw systemError(mishap);
    }
    return undefined;
  }

  /** A failed fsync: what was dirty is clean, and lost. */
  #forget(path: string): void {
    const node = this.files.get(path);
    if (!node) return;
    node.flushed = Buffer.alloc(node.seen.length);
    node.synced.copy(node.flushed);
  }

  #handle(path: string, node: Node | undefined): DiskHandle {
    const file = (): Node => {
      if (!node) throw systemError('EISDIR');
      return node;
    };
    const put = (bytes: Buffer, at: number): void => {
      const each = file();
      each.seen = patched(each.seen, bytes, at);
      each.flushed = patched(each.flushed, bytes, at);
    };
    const sync = async (): Promise<void> => {
      await this.#begin('sync', path);
      if (node) node.synced = Buffer.from(node.flushed);
      else this.#syncNames(path);
    };
    return {
      stat: async () => {
        await this.#begin('stat', path);
        return { size: file().seen.length };
      },
      writev: async (buffers) => {
        const short = await this.#begin('write', path);
        const bytes = Buffer.concat(buffers);
        const taken = short ? Math.floor(bytes.length / 2) : bytes.length;
        put(bytes.subarray(0, taken), file().seen.length);
        return { bytesWritten: taken };
      },
      write: async (buffer, offset, length, position) => {
        const short = await this.#begin('write', path);
        const taken = short ? Math.ceil(length / 2) : length;
        put(Buffer.from(buffer.subarray(offset, offset + taken)), position);
        return { bytesWritten: taken };
      },
      read: async (buffer, offset, length, position) => {
        await this.#begin('read', path);
        const bytes = file().seen.subarray(position, position + length);
        bytes.copy(buffer, offset);
        return { bytesRead: bytes.length, buffer };
      },
      datasync: sync,
      sync,
      truncate: async (size) => {
        await this.#begin('truncate', path);
        const each = file();
        each.seen = each.seen.subarray(0, size);
        each.flushed = each.flushed.subarray(0, size);
      },
      close: async () => {
        this.openHandles--;
        await this.#begin('close', path);
      },
    };
  }

  #syncNames(folder: string): void {
    for (const path of [...this.files.keys(), ...this.#folders])
      if (path !== '/' && dirname(path) === folder) this.#durable.add(path);
    for (const path of this.#durable)
      if (dirname(path) === folder && !this.files.has(path) && !this.#folders.has(path))
        this.#durable.delete(path);
  }
}

function patched(bytes: Buffer, by: Buffer, at: number): Buffer {
  const next = Buffer.alloc(Math.max(bytes.length, at + by.length));
  bytes.copy(next);
  by.copy(next, at);
  return next;
}

function remains({ flushed, synced }: Node, fate: Fate, share: number): Buffer {
  if (fate === 'lost') return Buffer.from(synced);
  if (flushed.length < synced.length) return Buffer.from(fate === 'whole' ? flushed : synced);
  const rest = Buffer.from(flushed.subarray(synced.length));
  const at = Math.floor(rest.length * share);
  if (fate === 'torn') return Buffer.concat([synced, rest.subarray(0, at)]);
  if (fate === 'holes') rest.fill(0, at, Math.min(rest.length, at + 4096));
  if (fate === 'garbage') rest.fill(0xa5, at);
  return Buffer.concat([synced, rest]);
}
