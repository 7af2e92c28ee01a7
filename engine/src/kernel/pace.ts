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
  unwatched: 160,
  watched: 10,
  /** What a camera sends as datagrams until they are read must fit into the socket. */
  datagrams: 80,
  /** Where datagrams come and a socket keeps some 200 kB: less than two key frames, which must not be lost. */
  cramped: 4,
};

/** Datagrams that Node reads from a socket in a round, however many wait (libuv, `uv__udp_recvmsg`). */
const AT_ONCE = 32;

/** What the engine does now. */
export interface Load {
  readonly streams: number;
  /** Streams that come as datagrams. */
  readonly datagrams: number;
  /** Datagrams of all streams behind which others may have been left waiting, so far. */
  readonly mayWait: number;
  /** Who watches, and servers outside that streams are sent on to. */
  readonly viewers: number;
}

export interface PaceOptions {
  /** Bytes that the system keeps for a socket that receives datagrams. */
  readonly room?: number;
  readonly load: () => Load;
  /** Blocks the thread for `ms`; the real one sleeps in the kernel. */
  readonly sleep?: (ms: number) => void;
  /** Calls `task` after `ms`, when the loop has taken what is waiting; the real one is a timer. */
  readonly next?: (task: () => void, ms: number) => () => void;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** Bytes of several key frames, as the RTSP client asks for: more than 100 Mbit/s bring while it rests. */
const ROOMY = 1024 * 1024;

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
  #mayWait = 0;

  constructor(options: PaceOptions) {
    this.#options = { room: 0, sleep: sleepInKernel, next: nextRound, clock: systemClock, ...options };
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
    const { clock, load, room } = this.#options;
    const now = load();
    const rest = restOf(now, room >= ROOMY, clock.monotonic() < this.#attendedUntil);
    if (rest > 0 && !this.#moreWait(now)) this.#options.sleep(rest);
    this.#cancel = this.#next(rest > 0 ? 1 : LOOK_AGAIN);
  }

  /** Some socket may hold more than was read of it: rounds that rest would never catch up. */
  #moreWait({ mayWait }: Load): boolean {
    const read = mayWait - this.#mayWait;
    this.#mayWait = mayWait;
    return read >= AT_ONCE;
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

function restOf({ streams, datagrams, viewers }: Load, roomy: boolean, attended: boolean): number {
  if (streams < WORTH_IT) return 0;
  if (datagrams > 0 && !roomy) return REST.cramped;
  if (viewers > 0 || attended) return REST.watched;
  return datagrams > 0 ? REST.datagrams : REST.unwatched;
}
