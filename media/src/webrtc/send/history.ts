import type { RunPayload } from '../srtp/index.ts';

/** Packets remembered: a second and more at 8 Mbit/s. A power of two. */
const SIZE = 1024;

/** The last packets sent to one peer, by reference, for sending them again. */
export class History {
  readonly #payloads = new Array<RunPayload | undefined>(SIZE).fill(undefined);
  readonly #timestamps = new Uint32Array(SIZE);
  /** Sequence number behind the newest packet, not reduced to 16 bits. */
  #next = 0;
  #count = 0;

  /** Remembers a packet; `sequence` goes on from the one before. */
  add(sequence: number, timestamp: number, payload: RunPayload): void {
    const slot = sequence & (SIZE - 1);
    this.#payloads[slot] = payload;
    this.#timestamps[slot] = timestamp;
    this.#next = sequence + 1;
    if (this.#count < SIZE) this.#count++;
  }

  /** The slot of a packet by the 16 bits of its number; -1 when it is gone or was never sent. */
  find(sequence: number): number {
    const back = (this.#next - sequence) & 0xffff;
    return back === 0 || back > this.#count ? -1 : sequence & (SIZE - 1);
  }

  payload(slot: number): RunPayload {
    return this.#payloads[slot]!;
  }

  timestamp(slot: number): number {
    return this.#timestamps[slot]!;
  }

  clear(): void {
    this.#payloads.fill(undefined);
    this.#count = 0;
  }
}
