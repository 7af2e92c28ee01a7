import type { FrameWriter } from '../../stream/index.ts';

/** Samples with sound in them that make a verdict, and those after which the sender is believed for good. */
const ENOUGH = 2000;
const BELIEVED = 20_000;
/** How many times smoother sound is in one byte order than in the other before it counts as the right one. */
const CLEARLY = 4;

/**
 * L16 is big-endian (RFC 3551 4.5.11), but cameras send it little-endian (quirk 51). Sound is smooth in its own
 * byte order and noise in the other, which is how the wrong one is found out and turned.
 */
export class ByteOrder {
  /** The samples come little-endian. */
  swapped = false;
  readonly #channels: number;
  #watching = true;
  #samples = 0;
  /** Samples whose second byte is not 0: sound of 8 bits in 16 is smooth in both orders. */
  #fine = 0;
  #roughBig = 0;
  #roughLittle = 0;
  #scratch = Buffer.alloc(0);

  constructor(channels: number) {
    this.#channels = channels;
  }

  /** Appends the samples `[start, end)` to the open frame, big-endian. */
  append(writer: FrameWriter, b: Buffer, start: number, end: number): void {
    if (this.#watching) this.#watch(b, start, end);
    if (!this.swapped) {
      writer.append(b, start, end);
      return;
    }
    const size = end - start;
    if (this.#scratch.length < size) this.#scratch = Buffer.allocUnsafe(2 * size);
    for (let i = 0; i < size; i += 2) {
      this.#scratch[i] = b[start + i + 1]!;
      this.#scratch[i + 1] = b[start + i]!;
    }
    writer.append(this.#scratch, 0, size);
  }

  #watch(b: Buffer, start: number, end: number): void {
    const step = 2 * this.#channels;
    for (let at = start + step; at + 1 < end; at += step) {
      const big = Math.abs(signed(b, at, at + 1) - signed(b, at - step, at - step + 1));
      if (big === 0) continue;
      this.#roughBig += big;
      this.#roughLittle += Math.abs(signed(b, at + 1, at) - signed(b, at - step + 1, at - step));
      if (b[at + 1] !== 0) this.#fine++;
      this.#samples++;
    }
    if (this.#samples >= ENOUGH) this.#judge();
  }

  #judge(): void {
    if (this.#fine * 2 < this.#samples || this.#roughBig * CLEARLY < this.#roughLittle)
      this.#watching = false;
    else if (this.#roughLittle * CLEARLY < this.#roughBig) {
      this.swapped = true;
      this.#watching = false;
    } else if (this.#samples >= BELIEVED) this.#watching = false;
  }
}

function signed(b: Buffer, high: number, low: number): number {
  return ((b[high]! << 24) | (b[low]! << 16)) >> 16;
}
