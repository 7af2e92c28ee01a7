import type { BoxesEvent, ManagerEvent, MetricsEvent } from '@nightjar/contract/manager';
import type { Database } from '../database/index.ts';
import { type Clock, isoNow, type Log } from '../kernel/index.ts';
import { eventStore } from './store.ts';

/** What is so now; newer ones take its place. */
export type Figures = MetricsEvent | BoxesEvent;
/** What is told of: an event with its number, or figures. */
export type Event = ManagerEvent | Figures;
type Unstamped<T> = T extends Figures ? Omit<T, 'timestamp'> & { timestamp?: string } : never;

/** Whether an event is figures. */
export const isFigures = (event: Event): event is Figures =>
  event.type === 'metrics.update' || event.type === 'detection.boxes';

type Unnumbered<T> = T extends ManagerEvent
  ? Omit<T, 'id' | 'timestamp'> & { timestamp?: string | undefined }
  : never;
/** An event before it has its number; without a time it is of now. */
export type Happening = Unnumbered<ManagerEvent>;

type Listener = (event: Event) => void;
/** Events of this server alone, or of every server of the installation. */
type Whose = 'own' | 'all';

/** Newest events that are kept. */
const KEPT = 2_000;
/** Numbers of one run; 2^53 holds nine million runs. */
const PER_RUN = 1_000_000_000;

/** What happened, numbered, told to who listens now and kept for who missed it. */
export class Events {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Map<Listener, Whose>();
  readonly #abroad: (event: Event) => void;
  readonly #kept: ManagerEvent[] = [];
  #last: number;

  private constructor(options: { clock: Clock; log: Log; first: number; abroad?: (event: Event) => void }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#last = options.first;
    this.#abroad = options.abroad ?? (() => undefined);
  }

  /** `abroad` hears of everything that happens here, for the other servers of the installation. */
  static async open(options: {
    database: Database;
    clock: Clock;
    log: Log;
    abroad?: (event: Event) => void;
  }): Promise<Events> {
    const first = (await eventStore.nextRun(options.database)) * PER_RUN;
    return new Events({ ...options, first });
  }

  /** Id of the newest event. */
  get lastId(): number {
    return this.#last;
  }

  publish(happening: Happening): void {
    const timestamp = happening.timestamp ?? isoNow(this.#clock);
    const event = this.#number({ ...happening, timestamp } as ManagerEvent);
    this.#tell(event);
    this.#abroad(event);
  }

  /** What happened at another server; it has a number of this one as well. */
  publishOf(sibling: Event): void {
    const event = isFigures(sibling) ? sibling : this.#number(sibling);
    this.#tell(event, { foreign: true });
  }

  /** Figures: told to who listens, not kept. */
  figures(event: Unstamped<Figures>): void {
    const stamped: Figures = { ...event, timestamp: event.timestamp ?? isoNow(this.#clock) };
    if (this.#listeners.size > 0) this.#tell(stamped);
    this.#abroad(stamped);
  }

  /** The returned function ends the subscription. */
  listen(listener: Listener, whose: Whose = 'own'): () => void {
    this.#listeners.set(listener, whose);
    return () => this.#listeners.delete(listener);
  }

  /** Events after an id, oldest first; `complete` is false when older ones are gone or the id is of no event. */
  after(id: number): { events: readonly ManagerEvent[]; complete: boolean; oldestId: number } {
    const oldestId = this.#last - this.#kept.length + 1;
    const complete = id >= oldestId - 1 && id <= this.#last;
    return { events: this.#kept.filter((event) => event.id > id || !complete), complete, oldestId };
  }

  #number(event: ManagerEvent): ManagerEvent {
    this.#last += 1;
    const numbered = { ...event, id: this.#last };
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT) this.#kept.shift();
    return numbered;
  }

  /** What one listener throws does not reach the others. */
  #tell(event: Event, { foreign } = { foreign: false }): void {
    for (const [listener, whose] of this.#listeners) {
      if (foreign && whose === 'own') continue;
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error, type: event.type }, 'an event could not be told');
      }
    }
  }
}
