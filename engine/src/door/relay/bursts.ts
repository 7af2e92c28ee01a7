/** The end of a connection over which bytes go to several viewers at once. */
export interface BurstLine {
  /** It was given more than it takes at once; `Bursts.go` is called when that is through. */
  readonly isFull: boolean;
  send(viewers: readonly number[], bytes: readonly Buffer[]): void;
}

interface Queue {
  readonly bytes: Buffer[];
  /** Called once all was sent. */
  done: (() => void) | undefined;
}

/** Bytes for one viewer in a step. */
const SLICE = 64 * 1024;
/** Bytes that leave for all viewers together in a step, which is a millisecond's work for whoever writes them on. */
const STEP = 512 * 1024;

/**
 * What newcomers are given to start with, in slices between which everybody else's pictures pass. Whoever comes first
 * is served first; who waits for the same buffers gets them with him, so that a crowd of newcomers costs the line
 * little more than one. What is written for a viewer meanwhile waits behind its burst.
 */
export class Bursts {
  readonly #line: BurstLine;
  /** `step` is to be run in a later turn of the loop. */
  readonly #later: (step: () => void) => void;
  readonly #queues = new Map<number, Queue>();
  #planned = false;

  constructor(line: BurstLine, later: (step: () => void) => void = setImmediate) {
    this.#line = line;
    this.#later = later;
  }

  has(viewer: number): boolean {
    return this.#queues.has(viewer);
  }

  add(viewer: number, bytes: Buffer): void {
    const queue = this.#queues.get(viewer);
    if (queue) queue.bytes.push(bytes);
    else this.#queues.set(viewer, { bytes: [bytes], done: undefined });
    this.go();
  }

  /** `done` is called when a viewer that has a burst has been sent all of it. */
  onceSent(viewer: number, done: () => void): void {
    const queue = this.#queues.get(viewer);
    if (queue) queue.done = done;
  }

  drop(viewer: number): void {
    this.#queues.delete(viewer);
  }

  /** Goes on where there is something to send and the line takes it. */
  go(): void {
    if (this.#planned || this.#queues.size === 0 || this.#line.isFull) return;
    this.#planned = true;
    this.#later(() => {
      this.#planned = false;
      this.#step();
      this.go();
    });
  }

  #step(): void {
    const [first] = this.#queues.values();
    if (!first || this.#line.isFull) return;
    const slice = sliceOf(first.bytes);
    const viewers: number[] = [];
    const length = slice.reduce((sum, part) => sum + part.length, 0);
    const most = Math.max(1, Math.floor(STEP / length));
    for (const [viewer, { bytes }] of this.#queues) {
      if (viewers.length < most && slice.every((part, i) => bytes[i] === part)) viewers.push(viewer);
    }
    this.#line.send(viewers, slice);
    for (const viewer of viewers) this.#advance(viewer, slice.length);
  }

  #advance(viewer: number, sent: number): void {
    const queue = this.#queues.get(viewer);
    if (!queue) return;
    queue.bytes.splice(0, sent);
    if (queue.bytes.length > 0) return;
    this.#queues.delete(viewer);
    queue.done?.();
  }
}

/** The first buffers of a queue, as many as are a slice, at least one. */
function sliceOf(bytes: readonly Buffer[]): Buffer[] {
  let length = 0;
  const beyond = bytes.findIndex((part, i) => {
    length += part.length;
    return i > 0 && length > SLICE;
  });
  return bytes.slice(0, beyond < 0 ? bytes.length : beyond);
}
