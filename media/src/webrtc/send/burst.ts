import type { Clock } from '../../stream/index.ts';
import type { PacketizedFrame } from './packets.ts';

/** A frame on its way, with the RTP time it gets. */
export interface TimedFrame {
  readonly frame: PacketizedFrame;
  readonly timestamp: number;
}

/** A burst is sent in slices: about 100 Mbit/s, which links and the buffers on the way take. */
const SLICE_MS = 5;
const SLICE_BYTES = 62_500;
/**
 * Bytes on the way to a peer over TCP above which frames wait: they are everybody's, and what was sealed for one peer
 * is memory for it alone. The system's own buffer keeps the way busy meanwhile.
 */
const MAX_QUEUED = 64 * 1024;
/** Milliseconds at most between two looks at a way that takes nothing. */
const LONGEST_LOOK = 40;
/** Bytes that may wait. */
const LIMIT = 12 * 1024 * 1024;

/** Many frames at once, sent in slices, and frames that the way to the peer does not take yet; in their order. */
export class Burst {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #send: (frame: TimedFrame) => void;
  readonly #queued: () => number;
  #waiting: TimedFrame[] = [];
  #bytes = 0;
  /** Bytes of those that came one by one, which stand last. */
  #late = 0;
  /** The way to the peer was full at the last slice. */
  #blocked = false;
  #pause = SLICE_MS;
  #stop: (() => void) | undefined;

  /** `queued`: bytes that the way to the peer has not taken yet. */
  constructor(options: {
    readonly clock: Pick<Clock, 'after'>;
    readonly send: (frame: TimedFrame) => void;
    readonly queued: () => number;
  }) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#queued = options.queued;
  }

  get active(): boolean {
    return this.#stop !== undefined;
  }

  /** Bytes of frames that came one by one and wait because the way to the peer is full. */
  get held(): number {
    return this.#blocked ? this.#late : 0;
  }

  /** Begins with these frames, or puts them behind those that wait. */
  start(frames: readonly TimedFrame[]): void {
    for (const one of frames) this.#push(one);
    if (!this.active) this.#slice();
  }

  /** Sends one frame in its turn. False when too much waits: nothing is sent until the burst is over. */
  add(frame: TimedFrame): boolean {
    if (!this.active && this.#queued() < MAX_QUEUED) {
      this.#send(frame);
      return true;
    }
    if (this.#bytes > LIMIT) return false;
    this.#push(frame);
    this.#late += frame.frame.bytes;
    if (!this.active) this.#slice();
    return true;
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#waiting = [];
    this.#bytes = 0;
    this.#late = 0;
    this.#blocked = false;
  }

  #push(frame: TimedFrame): void {
    this.#waiting.push(frame);
    this.#bytes += frame.frame.bytes;
  }

  #slice(): void {
    let sent = 0;
    let count = 0;
    while (count < this.#waiting.length && sent < SLICE_BYTES && this.#queued() < MAX_QUEUED) {
      const one = this.#waiting[count++]!;
      sent += one.frame.bytes;
      this.#send(one);
    }
    this.#waiting.splice(0, count);
    this.#bytes -= sent;
    this.#late = Math.min(this.#late, this.#bytes);
    if (this.#waiting.length === 0) {
      this.close();
      return;
    }
    this.#blocked = sent < SLICE_BYTES;
    this.#pause = count > 0 ? SLICE_MS : Math.min(this.#pause * 2, LONGEST_LOOK);
    this.#stop = this.#clock.after(this.#pause, () => this.#slice());
  }
}
