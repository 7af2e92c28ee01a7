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
/** Bytes on the way to a peer over TCP above which a slice waits: beyond its limit they would be lost. */
const MAX_QUEUED = 256 * 1024;
/** Bytes that may wait. */
const LIMIT = 12 * 1024 * 1024;

/** Many frames at once, sent in slices; frames that come meanwhile wait behind them. */
export class Burst {
  readonly #clock: Pick<Clock, 'every'>;
  readonly #send: (frame: TimedFrame) => void;
  readonly #queued: () => number;
  #waiting: TimedFrame[] = [];
  #bytes = 0;
  #stop: (() => void) | undefined;

  /** `queued`: bytes that the way to the peer has not taken yet. */
  constructor(options: {
    readonly clock: Pick<Clock, 'every'>;
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

  /** Begins with these frames, or puts them behind those that wait. */
  start(frames: readonly TimedFrame[]): void {
    for (const one of frames) this.#push(one);
    if (!this.active) this.#slice();
  }

  /** Sends one frame in its turn. False when too much waits: nothing is sent until the burst is over. */
  add(frame: TimedFrame): boolean {
    if (!this.active) this.#send(frame);
    else if (this.#bytes > LIMIT) return false;
    else this.#push(frame);
    return true;
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#waiting = [];
    this.#bytes = 0;
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
    if (this.#waiting.length === 0) this.close();
    else this.#stop ??= this.#clock.every(SLICE_MS, () => this.#slice());
  }
}
