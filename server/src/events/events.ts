import type { ManagerEvent, MetricsEvent } from '@nightjar/contract/manager';
import type { Database } from '../database/index.ts';
import { type Clock, isoNow, type Log } from '../kernel/index.ts';
import { eventStore } from './store.ts';

/** What is told of: an event with its number, or figures. */
export type Event = ManagerEvent | MetricsEvent;
type Unnumbered<T> = T extends ManagerEvent
  ? Omit<T, 'id' | 'timestamp'> & { timestamp?: string | undefined }
  : never;
/** An event before it has its number; without a time it is of now. */
export type Happening = Unnumbered<ManagerEvent>;

type Listener = (event: Event) => void;

/** Newest events that are kept. */
const KEPT = 2_000;
/** Numbers of one run; 2^53 holds nine million runs. */
const PER_RUN = 1_000_000_000;

/** What happened, numbered, told to who listens now and kept for who missed it. */
export class Events {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  readonly #kept: ManagerEvent[] = [];
  #last: number;

  private constructor(options: { clock: Clock; log: Log; first: number }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#last = options.first;
  }

  static async open(options: { database: Database; clock: Clock; log: Log }): Promise<Events> {
    const first = (await eventStore.nextRun(options.database)) * PER_RUN;
    return new Events({ ...options, first });
  }

  /** Id of the newest event. */
  get lastId(): number {
    return this.#last;
  }

  publish(happening: Happening): void {
    this.#last += 1;
    const timestamp = happening.timestamp ?? isoNow(this.#clock);
    const event = { ...happening, id: this.#last, timestamp } as ManagerEvent;
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#tell(event);
  }

  /** Figures: told to who listens, not kept. */
  figures(event: Omit<MetricsEvent, 'timestamp'>): void {
    if (this.#listeners.size > 0) this.#tell({ ...event, timestamp: isoNow(this.#clock) });
  }

  /** The returned function ends the subscription. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Events after an id, oldest first; `complete` is false when older ones are gone or the id is of no event. */
  after(id: number): { events: readonly ManagerEvent[]; complete: boolean; oldestId: number } {
    const oldestId = this.#last - this.#kept.length + 1;
    const complete = id >= oldestId - 1 && id <= this.#last;
    return { events: this.#kept.filter((event) => event.id > id || !complete), complete, oldestId };
  }

  /** What one listener throws does not reach the others. */
  #tell(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error, type: event.type }, 'an event could not be told');
      }
    }
  }
}
