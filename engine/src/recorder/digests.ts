import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { openIfThere } from './recovery.ts';
import { hotFolder, type Storage } from './storage.ts';

const STEP = 1024 * 1024;
/** Milliseconds between two steps: 50 MB/s at most, so that files that end together disturb nobody. */
const PAUSE = 20;
/** Files that wait; beyond, the oldest goes without a digest. */
const MAX_WAITING = 10_000;

export interface DigestsOptions {
  readonly storage: Pick<Storage, 'open'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly basePath: () => string | undefined;
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'warn'>;
}

interface Closed {
  readonly stream_id: string;
  readonly filename: string;
}

/** Hashes closed segments one after the other, at a gentle pace: what the disk gives back, not what was meant. */
export class Digests {
  readonly #options: DigestsOptions;
  readonly #waiting: Closed[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: DigestsOptions) {
    this.#options = options;
  }

  /** To be called for every fact: those of closed segments begin a digest. */
  observe(fact: Fact): void {
    if (fact.kind !== 'segment.closed' || this.#closed) return;
    this.#waiting.push({ stream_id: fact.stream_id, filename: fact.filename });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Leaves what waits: the server hears of it at the next inventory. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next && !this.#closed; next = this.#waiting.shift()) {
      const file = next;
      await this.#digest(file).catch((error: unknown) => {
        this.#options.log.warn('a segment could not be hashed', { ...file, error });
      });
    }
  }

  async #digest(file: Closed): Promise<void> {
    const { storage, basePath, fact } = this.#options;
    const base = basePath();
    if (base === undefined) return;
    const port = await openIfThere(storage, join(hotFolder(base, file.stream_id), file.filename));
    if (!port) return;
    try {
      const hash = createHash('sha256');
      for (let at = 0; at < port.size; ) {
        const bytes = await port.read(at, Math.min(STEP, port.size - at));
        if (bytes.length === 0) return;
        hash.update(bytes);
        at += bytes.length;
        await this.#pause();
        if (this.#closed) return;
      }
      fact({ kind: 'segment.hashed', ...file, bytes: port.size, sha256: hash.digest('hex') });
    } finally {
      await port.close();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(PAUSE, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
