import { type Clock, systemClock } from '@nightjar/media/stream';
import { LoopDelay } from './loop-delay.ts';

/** Streams below which the rounds themselves would cost more than they save. */
const WORTH_IT = 8;
/** Milliseconds until the load is looked at again. */
const LOOK_AGAIN = 500;
/** Milliseconds for which somebody who asked for a stream is taken for a viewer: longer than any way in takes. */
const ATTENDED = 5_000;
/** Milliseconds of a rest: what it adds to a frame's way at most. */
const REST = {
  /** A second of footage is written at once: nobody sees the difference. */
  unwatched: 80,
  watched: 10,
  /** The kernel keeps some 200 kB for a UDP socket: less than two key frames, which must not be lost. */
  datagrams: 4,
};

/** What the engine does now. */
export interface Load {
  readonly streams: number;
  /** Streams that come as datagrams. */
  readonly datagrams: number;
  readonly viewers: number;
}

export interface PaceOptions {
  readonly load: () => Load;
  /** Blocks the thread for `ms`; the real one sleeps in the kernel. */
  readonly sleep?: (ms: number) => void;
  /** Calls `task` after `ms`, when the loop has taken what is waiting; the real one is a timer. */
  readonly next?: (task: () => void, ms: number) => () => void;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

function sleepInKernel(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}

function nextRound(task: () => void, ms: number): () => void {
  const timer = setTimeout(task, ms).unref();
  return () => clearTimeout(timer);
}

/**
 * Lets the event loop rest between rounds when there are many cameras: what their sockets brought meanwhile is
 * then taken in one round. A wake-up for every packet costs more than reading it; see docs/design/pace.md.
 * Frames are later by half a rest on average.
 */
export class Pace {
  /** How late the loop comes to its rounds: its work alone, without the rests. */
  readonly delay = new LoopDelay();
  readonly #options: Required<PaceOptions>;
  #cancel: (() => void) | undefined;
  #attendedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = { sleep: sleepInKernel, next: nextRound, clock: systemClock, ...options };
  }

  start(): void {
    this.#cancel ??= this.#next(LOOK_AGAIN);
  }

  /** Somebody asks for a stream: until they watch, nothing on their way waits longer than a viewer does. */
  attend(): void {
    this.#attendedUntil = this.#options.clock.monotonic() + ATTENDED;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #round(): void {
    const { clock, load } = this.#options;
    const rest = restOf(load(), clock.monotonic() < this.#attendedUntil);
    if (rest > 0) this.#options.sleep(rest);
    this.#cancel = this.#next(rest > 0 ? 1 : LOOK_AGAIN);
  }

  #next(ms: number): () => void {
    const { clock, next } = this.#options;
    const due = clock.monotonic() + ms;
    return next(() => {
      const now = clock.monotonic();
      this.delay.note(Math.max(0, now - due), now);
      this.#round();
    }, ms);
  }
}

function restOf({ streams, datagrams, viewers }: Load, attended: boolean): number {
  if (streams < WORTH_IT) return 0;
  if (datagrams > 0) return REST.datagrams;
  return viewers > 0 || attended ? REST.watched : REST.unwatched;
}
