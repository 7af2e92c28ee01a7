import { ApiError } from '../api/api-error.ts';
import type { StreamDetail, StreamSummary } from '../api/types.ts';
import type { Clock } from '../clock/clock.ts';
import { type DetailRead, dueDetails } from './poll-plan.ts';

/** `down`: no answer at all; `server`: it answers with a fault of its own; `busy`: it asks for a pause. */
export type Connection = 'ok' | 'down' | 'server' | 'busy';

/** What the page knows of the streams. A new object at each change. */
export interface StreamsState {
  /** null until the first answer. */
  readonly streams: readonly StreamSummary[] | null;
  readonly details: ReadonlyMap<string, StreamDetail>;
  readonly connection: Connection;
}

/** The part of the client that the store calls. */
export interface StreamsSource {
  listStreams(signal?: AbortSignal): Promise<readonly StreamSummary[]>;
  getStream(id: string, signal?: AbortSignal): Promise<StreamDetail>;
}

const EVERY_MS = 2000;
/** After a change by hand its effect is awaited: so many rounds follow sooner. */
const SOON_MS = 700;
const SOON_ROUNDS = 6;

/** Reads the list of streams every 2 s while somebody looks, and the details that are needed. */
export class StreamsStore {
  readonly #api: StreamsSource;
  readonly #clock: Clock;
  readonly #onRefused: (error: ApiError) => void;
  readonly #listeners = new Set<() => void>();
  readonly #reads = new Map<string, DetailRead>();
  #state: StreamsState = { streams: null, details: new Map(), connection: 'ok' };
  #selected: string | null = null;
  #hidden = false;
  #soon = 0;
  #abort: AbortController | null = null;
  #cancel: () => void = () => undefined;

  /** `onRefused` hears 401 and 403: the token does not do. */
  constructor(options: { api: StreamsSource; clock: Clock; onRefused: (error: ApiError) => void }) {
    this.#api = options.api;
    this.#clock = options.clock;
    this.#onRefused = options.onRefused;
  }

  get state(): StreamsState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to read; `close()` ends it, and it may be started again. */
  start(): void {
    if (this.#abort !== null) return;
    this.#abort = new AbortController();
    if (!this.#hidden) this.#round(this.#abort.signal);
  }

  /** Idempotent. */
  close(): void {
    this.#cancel();
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Reads at once and more often for a while, after a change that this page made. */
  refresh(): void {
    this.#soon = SOON_ROUNDS;
    this.#again();
  }

  setSelected(id: string | null): void {
    if (id === this.#selected) return;
    this.#selected = id;
    if (id !== null) this.#again();
  }

  /** A page that nobody sees asks nothing. */
  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    if (hidden) this.#cancel();
    else this.#again();
  }

  #again(): void {
    if (this.#abort === null || this.#hidden) return;
    this.close();
    this.start();
  }

  #round(signal: AbortSignal): void {
    this.#cancel = () => undefined;
    void this.#read(signal).then((pause) => {
      if (signal.aborted || this.#hidden) return;
      this.#cancel = this.#clock.after(pause, () => this.#round(signal));
    });
  }

  /** Milliseconds to wait before the next round. Never rejects. */
  async #read(signal: AbortSignal): Promise<number> {
    try {
      const streams = await this.#api.listStreams(signal);
      if (signal.aborted) return EVERY_MS;
      this.#set({ streams, connection: 'ok', details: this.#keep(streams) });
      const due = dueDetails(streams, this.#reads, this.#selected, this.#clock.now());
      const states = new Map(streams.map((stream) => [stream.id, stream.state]));
      await Promise.all(due.map((id) => this.#readDetail(id, states.get(id)!, signal)));
      if (this.#soon === 0) return EVERY_MS;
      this.#soon -= 1;
      return SOON_MS;
    } catch (error) {
      return signal.aborted ? EVERY_MS : this.#failed(error);
    }
  }

  async #readDetail(id: string, state: StreamSummary['state'], signal: AbortSignal): Promise<void> {
    try {
      const detail = await this.#api.getStream(id, signal);
      if (signal.aborted) return;
      this.#reads.set(id, { at: this.#clock.now(), state });
      this.#set({ details: new Map(this.#state.details).set(id, detail) });
    } catch (error) {
      // Removed since the list was read: the next list says so.
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }

  #keep(streams: readonly StreamSummary[]): ReadonlyMap<string, StreamDetail> {
    const present = new Set(streams.map((stream) => stream.id));
    for (const id of this.#reads.keys()) if (!present.has(id)) this.#reads.delete(id);
    const { details } = this.#state;
    if ([...details.keys()].every((id) => present.has(id))) return details;
    return new Map([...details].filter(([id]) => present.has(id)));
  }

  #failed(error: unknown): number {
    const kind = error instanceof ApiError ? error.kind : 'server';
    if (error instanceof ApiError && (kind === 'unauthorized' || kind === 'forbidden')) {
      this.close();
      this.#onRefused(error);
      return EVERY_MS;
    }
    if (error instanceof ApiError && kind === 'rate_limited') {
      this.#set({ connection: 'busy' });
      return Math.max(EVERY_MS, error.retryAfter * 1000);
    }
    this.#set({ connection: kind === 'network' ? 'down' : 'server' });
    return EVERY_MS;
  }

  #set(change: Partial<StreamsState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
