import type { Clock } from '../../stream/index.ts';
import { flipped } from './seeded.ts';

/** What is wrong with datagrams in one direction; all absent: nothing. May be changed at any time. */
export interface DatagramFaults {
  latencyMs?: number;
  stalled?: boolean;
  /** Probabilities from 0 to 1, of each datagram. */
  loss?: number;
  duplicate?: number;
  /** Of being sent behind the next one. */
  reorder?: number;
  /** Of each byte. */
  flips?: number;
}

/** Datagrams that may wait to be overtaken or for their time; more are lost. */
const MAX_WAITING = 1000;

/** One direction of datagrams through the proxy. */
export class DatagramLane {
  readonly #faults: DatagramFaults;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #send: (bytes: Buffer) => void;
  readonly #timers = new Set<() => void>();
  #overtaken: Buffer | undefined;

  constructor(options: {
    readonly faults: DatagramFaults;
    readonly clock: Clock;
    readonly random: () => number;
    readonly send: (bytes: Buffer) => void;
  }) {
    this.#faults = options.faults;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#send = options.send;
  }

  take(bytes: Buffer): void {
    const { stalled, loss = 0, duplicate = 0, reorder = 0, flips = 0 } = this.#faults;
    if (stalled || this.#random() < loss) return;
    const out = flipped(bytes, flips, this.#random);
    const held = this.#overtaken;
    this.#overtaken = undefined;
    if (held === undefined && this.#random() < reorder) {
      this.#overtaken = out;
      return;
    }
    this.#later(out);
    if (held) this.#later(held);
    if (this.#random() < duplicate) this.#later(out);
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#overtaken = undefined;
  }

  #later(bytes: Buffer): void {
    const { latencyMs = 0 } = this.#faults;
    if (latencyMs === 0) {
      this.#send(bytes);
      return;
    }
    if (this.#timers.size >= MAX_WAITING) return;
    const cancel = this.#clock.after(latencyMs, () => {
      this.#timers.delete(cancel);
      this.#send(bytes);
    });
    this.#timers.add(cancel);
  }
}
