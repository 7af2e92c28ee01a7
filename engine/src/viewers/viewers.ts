import type { ViewerEnd } from '@nightjar/contract';
import type { Fact, ViewerFact, ViewerSample } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { Viewer, type ViewerRequest } from './viewer.ts';

export interface ViewersOptions {
  readonly clock: Pick<Clock, 'utc' | 'every'>;
  readonly fact: (fact: Fact) => void;
  /** May the bearer of a proof watch the stream, or its original? Undefined: nobody could be asked. */
  readonly allowed: (streamId: string, proof: string, unblurred: boolean) => Promise<boolean | undefined>;
  /** How many watch a stream is another number. */
  readonly onCount?: (streamId: string, count: number) => void;
  /** Viewers at once; 5000 when absent. */
  readonly limit?: number;
  readonly log: Pick<Log, 'error'>;
}

/** Milliseconds between two looks at every right to watch: a lost one goes quiet within 5 s. */
const RECHECK = 4_000;
const LIMIT = 5_000;

/** There is no room for another viewer. */
export class ViewerLimitError extends Error {
  constructor(limit: number) {
    super(`${limit} viewers watch already`);
  }
}

/**
 * Everybody who watches, by whatever way out. Each coming and going becomes a fact; whoever loses the right to
 * watch is closed within 5 s. While no server answers, who watches goes on watching.
 */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #viewers = new Map<string, Viewer>();
  readonly #counts = new Map<string, number>();
  #opened = 0;
  #stopRecheck: (() => void) | undefined;
  #closed = false;

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  /** Registers a client that begins to watch. Throws ViewerLimitError. */
  open(request: ViewerRequest): Viewer {
    const limit = this.#options.limit ?? LIMIT;
    if (this.#closed || this.#viewers.size >= limit) throw new ViewerLimitError(limit);
    const since = this.#now();
    const viewer = new Viewer(`v${++this.#opened}`, request, since, (ended, reason) =>
      this.#ended(ended, reason),
    );
    this.#viewers.set(viewer.id, viewer);
    this.#stopRecheck ??= this.#options.clock.every(RECHECK, () => void this.#recheck());
    this.#options.fact({ kind: 'viewer.opened', ...viewer.fact });
    this.#count(request.streamId, 1);
    return viewer;
  }

  /** Viewers of a stream now. */
  count(streamId: string): number {
    return this.#counts.get(streamId) ?? 0;
  }

  /** Viewers of all streams now. */
  get total(): number {
    return this.#viewers.size;
  }

  get facts(): ViewerFact[] {
    return [...this.#viewers.values()].map((viewer) => viewer.fact);
  }

  get samples(): ViewerSample[] {
    return [...this.#viewers.values()].map((viewer) => viewer.sample);
  }

  /** Closes every viewer that `where` names. Returns how many. */
  closeWhere(where: (viewer: Viewer) => boolean, reason: ViewerEnd): number {
    const chosen = [...this.#viewers.values()].filter(where);
    for (const viewer of chosen) this.#close(viewer, reason);
    return chosen.length;
  }

  /** Closes everybody for the end of the program; nobody comes in any more. */
  close(): void {
    this.#closed = true;
    this.closeWhere(() => true, 'shutdown');
  }

  #close(viewer: Viewer, reason: ViewerEnd): void {
    try {
      viewer.close(reason);
    } catch (error) {
      this.#options.log.error('a viewer could not be closed', { stream_id: viewer.request.streamId, error });
    }
  }

  #ended(viewer: Viewer, reason: ViewerEnd): void {
    this.#viewers.delete(viewer.id);
    if (this.#viewers.size === 0) {
      this.#stopRecheck?.();
      this.#stopRecheck = undefined;
    }
    this.#options.fact({
      kind: 'viewer.closed',
      ...viewer.fact,
      ...viewer.sample,
      at: this.#now(),
      reason,
    });
    this.#count(viewer.request.streamId, -1);
  }

  #count(streamId: string, by: 1 | -1): void {
    const count = this.count(streamId) + by;
    if (count === 0) this.#counts.delete(streamId);
    else this.#counts.set(streamId, count);
    this.#options.onCount?.(streamId, count);
  }

  /** Asks once for all who watch one stream with one proof. */
  async #recheck(): Promise<void> {
    const asked = new Map<string, Viewer[]>();
    for (const viewer of this.#viewers.values()) {
      const { streamId, proof, unblurred = false } = viewer.request;
      if (proof === undefined) continue;
      const key = `${streamId} ${unblurred} ${proof}`;
      const group = asked.get(key);
      if (group) group.push(viewer);
      else asked.set(key, [viewer]);
    }
    await Promise.all([...asked.values()].map((group) => this.#recheckGroup(group)));
  }

  async #recheckGroup(group: readonly Viewer[]): Promise<void> {
    const { streamId, proof, unblurred = false } = group[0]!.request;
    try {
      const allowed = await this.#options.allowed(streamId, proof!, unblurred);
      if (allowed === false) for (const viewer of group) this.#close(viewer, 'right_ended');
    } catch (error) {
      this.#options.log.error('a right to watch could not be checked', { stream_id: streamId, error });
    }
  }

  #now(): string {
    return new Date(this.#options.clock.utc()).toISOString();
  }
}
