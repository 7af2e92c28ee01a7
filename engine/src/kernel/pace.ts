/** Longest rest in milliseconds: what it adds to a frame's way at most. */
const LONGEST = 10;
/** Streams that are worth another millisecond of rest. */
const STREAMS_PER_MS = 2;

export interface PaceOptions {
  /** Streams the engine has now. */
  readonly streams: () => number;
  /** Blocks the thread for `ms`; the real one sleeps in the kernel. */
  readonly sleep?: (ms: number) => void;
  /** Calls `task` after the loop has taken what is waiting; the real one is a timer. */
  readonly next?: (task: () => void) => () => void;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

function sleepInKernel(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}

function nextRound(task: () => void): () => void {
  const timer = setTimeout(task, 1).unref();
  return () => clearTimeout(timer);
}

/**
 * Lets the event loop rest between rounds, the longer the more cameras there are: what many sockets brought
 * meanwhile is then taken in one round. A wake-up for every packet costs more than reading it; see
 * docs/design/pace.md. Frames are later by half a rest on average, by `LONGEST` at most.
 */
export class Pace {
  readonly #options: Required<PaceOptions>;
  #cancel: (() => void) | undefined;

  constructor(options: PaceOptions) {
    this.#options = { sleep: sleepInKernel, next: nextRound, ...options };
  }

  start(): void {
    this.#cancel ??= this.#options.next(() => this.#round());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #round(): void {
    const rest = Math.min(LONGEST, Math.floor(this.#options.streams() / STREAMS_PER_MS));
    if (rest > 0) this.#options.sleep(rest);
    this.#cancel = this.#options.next(() => this.#round());
  }
}
