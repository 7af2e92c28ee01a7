import type { Socket } from 'node:net';
import type { Clock } from '../../stream/index.ts';
import { flipped } from './seeded.ts';

/** What is wrong with one direction of a connection; all absent: nothing. May be changed at any time. */
export interface ByteFaults {
  /** Milliseconds that each byte takes longer. */
  latencyMs?: number;
  /** Nothing is forwarded; what comes waits in the sockets of both ends. */
  stalled?: boolean;
  /** At most so many bytes every so many milliseconds. */
  dribble?: { readonly bytes: number; readonly everyMs: number };
  /** Probability that one bit of a byte is flipped. */
  flips?: number;
}

/** Bytes of a direction that may wait here before its sender is held back. */
const MAX_WAITING = 256 * 1024;

/** One direction of a connection through the proxy. */
export class ByteLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: ByteFaults;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #rewrite: (bytes: Buffer) => Buffer;
  #waiting: { bytes: Buffer; due: number }[] = [];
  #size = 0;
  #ended = false;
  #cancel: (() => void) | undefined;

  constructor(options: {
    readonly from: Socket;
    readonly to: Socket;
    readonly faults: ByteFaults;
    readonly clock: Clock;
    readonly random: () => number;
    readonly rewrite: (bytes: Buffer) => Buffer;
  }) {
    this.#from = options.from;
    this.#to = options.to;
    this.#faults = options.faults;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#rewrite = options.rewrite;
    this.#from.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#from.on('end', () => {
      this.#ended = true;
      this.turn();
    });
    this.#to.on('drain', () => this.turn());
  }

  /** Forwards what is due; to be called when the faults have changed. */
  turn(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#faults.stalled) {
      this.#from.pause();
      return;
    }
    const { dribble } = this.#faults;
    const now = this.#clock.monotonic();
    let room = dribble?.bytes ?? Number.POSITIVE_INFINITY;
    while (room > 0 && this.#waiting.length > 0 && this.#waiting[0]!.due <= now) room -= this.#forward(room);
    if (this.#size < MAX_WAITING) this.#from.resume();
    if (this.#waiting.length > 0) {
      const wait = Math.max(this.#waiting[0]!.due - now, dribble?.everyMs ?? 1);
      this.#cancel = this.#clock.after(wait, () => this.turn());
    } else if (this.#ended) this.#to.end();
  }

  close(): void {
    this.#cancel?.();
    this.#waiting = [];
  }

  #take(bytes: Buffer): void {
    const out = flipped(this.#rewrite(bytes), this.#faults.flips ?? 0, this.#random);
    this.#waiting.push({ bytes: out, due: this.#clock.monotonic() + (this.#faults.latencyMs ?? 0) });
    this.#size += out.length;
    if (this.#size >= MAX_WAITING) this.#from.pause();
    // A dribble goes on at its own pace, and so does what waits for its time.
    if (!this.#cancel) this.turn();
  }

  /** Writes at most `room` bytes of the first chunk; how many it was. */
  #forward(room: number): number {
    const first = this.#waiting[0]!;
    const bytes = first.bytes.subarray(0, room);
    if (bytes.length === first.bytes.length) this.#waiting.shift();
    else first.bytes = first.bytes.subarray(bytes.length);
    this.#size -= bytes.length;
    this.#to.write(bytes);
    return bytes.length;
  }
}
