const WRAP = 0x10000;
const HALF = 0x8000;

/** Remembers the last `size` indexes, so that none is taken twice (RFC 3711 3.3.2). */
export class ReplayWindow {
  /** Highest index taken; -1 before the first. */
  highest = -1;
  readonly #seen: Float64Array;

  constructor(size: number) {
    this.#seen = new Float64Array(size).fill(-1);
  }

  isFresh(index: number): boolean {
    const { length } = this.#seen;
    return index > this.highest - length && this.#seen[index % length] !== index;
  }

  take(index: number): void {
    this.#seen[index % this.#seen.length] = index;
    if (index > this.highest) this.highest = index;
  }
}

/**
 * The index (rollover counter x 65,536 + sequence number) that a sequence number most likely stands for, given
 * the highest one so far (RFC 3711 3.3.1). Below 0: from before the first packet.
 */
export function guessIndex(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const last = highest % WRAP;
  const base = highest - last;
  if (last < HALF && sequence - last > HALF) return base - WRAP + sequence;
  if (last >= HALF && last - HALF > sequence) return base + WRAP + sequence;
  return base + sequence;
}
