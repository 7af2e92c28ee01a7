/** One PES packet put together: its bytes and times in ticks of 90 kHz, 33 bits. Read again after the call. */
export type PesSink = (b: Buffer, start: number, end: number, pts: number, dts: number) => void;

const FIRST_SIZE = 64 * 1024;
/** No access unit comes near this (quirk 45). */
const MAX_SIZE = 16 * 1024 * 1024;
/** Bytes of a PES packet that its length does not count. */
const PREFIX = 6;

/** Puts the PES packets of one elementary stream together (ISO/IEC 13818-1 2.4.3.6). */
export class PesReader {
  /** Packets given up: too long, without a head, or damaged by a loss. */
  dropped = 0;
  readonly #sink: PesSink;
  readonly #prompt: boolean;
  #buffer = Buffer.alloc(0);
  #length = 0;
  #whole = Number.POSITIVE_INFINITY;
  #pts = -1;
  #dts = -1;

  /** `prompt`: a packet is handed over once its length is reached; else when the next one with a time begins. */
  constructor(sink: PesSink, prompt: boolean) {
    this.#sink = sink;
    this.#prompt = prompt;
  }

  /** A packet with the next bytes came; `begins`: a PES packet starts with them. */
  bytes(b: Buffer, start: number, end: number, begins: boolean): void {
    let from = start;
    if (begins) {
      const payload = this.#begin(b, start, end);
      if (payload < 0) return;
      from = payload;
    } else if (this.#pts < 0) return;
    this.#append(b, from, end);
    if (this.#prompt && this.#length >= this.#whole) this.flush();
  }

  /** Something is missing in the packet in progress. */
  lost(): void {
    if (this.#pts >= 0) this.dropped++;
    this.#forget();
  }

  /** Hands over what there is: the stream has ended, or something else begins. */
  flush(): void {
    const { pts, dts } = { pts: this.#pts, dts: this.#dts };
    const length = this.#length;
    this.#forget();
    if (pts >= 0 && length > 0) this.#sink(this.#buffer, 0, length, pts, dts);
  }

  #forget(): void {
    this.#length = 0;
    this.#pts = -1;
    this.#whole = Number.POSITIVE_INFINITY;
  }

  /** Where the payload begins; -1 when the packet is unusable. A packet without a time goes on with the last one. */
  #begin(b: Buffer, start: number, end: number): number {
    const headed = end - start >= 9 && b[start] === 0 && b[start + 1] === 0 && b[start + 2] === 1;
    const timed = headed && (b[start + 7]! & 0x80) !== 0 && end - start >= 14;
    if (headed && !timed && this.#pts >= 0 && !this.#prompt) return start + 9 + b[start + 8]!;
    this.flush();
    if (!timed) {
      this.dropped++;
      return -1;
    }
    this.#pts = stampAt(b, start + 9);
    const both = (b[start + 7]! & 0x40) !== 0 && end - start >= 19;
    this.#dts = both ? stampAt(b, start + 14) : this.#pts;
    const length = b.readUInt16BE(start + 4);
    const head = 9 + b[start + 8]!;
    this.#whole = length === 0 ? Number.POSITIVE_INFINITY : length + PREFIX - head;
    return Math.min(start + head, end);
  }

  #append(b: Buffer, start: number, end: number): void {
    const total = this.#length + end - start;
    if (total > MAX_SIZE) {
      this.lost();
      return;
    }
    if (total > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_SIZE, 2 * total));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    b.copy(this.#buffer, this.#length, start, end);
    this.#length = total;
  }
}

/** 33 bits in 40, with marker bits between. */
function stampAt(b: Buffer, at: number): number {
  const low = (b[at + 1]! << 22) | ((b[at + 2]! >> 1) << 15) | (b[at + 3]! << 7) | (b[at + 4]! >> 1);
  return ((b[at]! >> 1) & 7) * 2 ** 30 + low;
}
