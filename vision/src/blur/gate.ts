import { type Box, type DetectClock, type Found, NoAnswer, Tracker } from '../detect/index.ts';
import { Rate } from '../rate.ts';
import { regionsOf } from './regions.ts';

export interface GateOptions<T> {
  readonly clock: Pick<DetectClock, 'monotonic' | 'after'>;
  /** What is surer than this is covered, 0 to 1. */
  readonly threshold: number;
  /** Seconds for which a place stays covered after something was seen there. */
  readonly hold: number;
  /** Pictures a second that are looked at, at most. */
  readonly fps: number;
  /** What is in a picture; it has been read when the call returns. Rejects with NoAnswer. */
  readonly look: (picture: T) => Promise<Found[]>;
  /** A picture may go, these places covered; undefined: all of it. In the order in which they came. */
  readonly release: (picture: T, regions: readonly Box[] | undefined) => void;
}

/** Milliseconds a picture waits for what decides on it, and pictures that wait at most. */
const PATIENCE = 600;
const MAX_WAITING = 16;
/** Seconds between two pictures that were looked at, above which nothing is known of those between. */
const MAX_STEP = 1;

interface Waiting<T> {
  readonly picture: T;
  /** On the media clock. */
  readonly seconds: number;
  /** On ours, milliseconds. */
  readonly since: number;
}

/**
 * Holds pictures until it is known what is in them and in one that follows, so that what comes in between two looks
 * is covered from its first picture on. What is not known in time goes out covered whole.
 */
export class Gate<T> {
  readonly #options: GateOptions<T>;
  #rate: Rate;
  #tracker: Tracker;
  #waiting: Waiting<T>[] = [];
  #looking = false;
  /** Seconds of the picture that was looked at last; undefined: nothing is known. */
  #known: number | undefined;
  /** The last look had no answer: nothing waits until one has. */
  #blind = false;
  #last = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: GateOptions<T>) {
    this.#options = options;
    this.#rate = new Rate(options.fps);
    this.#tracker = this.#newTracker();
  }

  offer(picture: T, seconds: number): void {
    // Another time: what was known is of another.
    if (seconds <= this.#last) this.#forget();
    this.#last = seconds;
    this.#waiting.push({ picture, seconds, since: this.#options.clock.monotonic() });
    this.#look();
    if (this.#blind) this.#letAll();
    while (this.#waiting.length > MAX_WAITING) this.#let(1);
    this.#watch();
  }

  /** Lets everything go that waits, covered whole. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#letAll();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #newTracker(): Tracker {
    return new Tracker({ threshold: this.#options.threshold, keep: this.#options.hold });
  }

  #forget(): void {
    this.#letAll();
    this.#known = undefined;
    this.#rate = new Rate(this.#options.fps);
    this.#tracker = this.#newTracker();
  }

  /** Looks at the newest picture, if it is due and none is looked at. */
  #look(): void {
    const newest = this.#waiting.at(-1);
    if (!newest || this.#looking || this.#closed || !this.#rate.due(newest.seconds)) return;
    this.#looking = true;
    const tracker = this.#tracker;
    const done = (step: () => void): void => {
      this.#looking = false;
      if (this.#closed) return;
      // Of a time that is over.
      if (tracker === this.#tracker) step();
      this.#look();
      this.#watch();
    };
    this.#options.look(newest.picture).then(
      (found) => done(() => this.#decide(found, newest.seconds)),
      (error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error;
        done(() => this.#lose());
      },
    );
  }

  #decide(found: readonly Found[], seconds: number): void {
    const step = this.#known === undefined ? Number.POSITIVE_INFINITY : seconds - this.#known;
    const tracks = this.#tracker.update(found, seconds);
    this.#blind = false;
    this.#known = seconds;
    const count = this.#waiting.findLastIndex((each) => each.seconds <= seconds) + 1;
    this.#let(count, step <= MAX_STEP ? regionsOf(tracks, step) : undefined);
  }

  #lose(): void {
    this.#blind = true;
    this.#forget();
  }

  #letAll(): void {
    this.#let(this.#waiting.length);
  }

  #let(count: number, regions?: readonly Box[]): void {
    for (const { picture } of this.#waiting.splice(0, count)) this.#options.release(picture, regions);
  }

  /** Who waited too long goes. */
  #watch(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const { clock } = this.#options;
    const due = clock.monotonic() - PATIENCE;
    const late = this.#waiting.findLastIndex(({ since }) => since <= due);
    this.#let(late + 1);
    const [oldest] = this.#waiting;
    if (oldest) this.#cancel = clock.after(oldest.since - due, () => this.#watch());
  }
}
