import { parseAdts } from '../codecs/index.ts';

const TICKS = 90_000;
/** Bytes of an ADTS frame at most: 13 bits (ISO/IEC 13818-7 6.2.2). */
const MAX_FRAME = 0x1fff;
const HEAD = 7;

/** One ADTS frame `[start, end)`, header included; `dts` in ticks of 90 kHz. */
type Frame = (b: Buffer, start: number, end: number, dts: number) => void;

/** Cuts PES packets of sound into ADTS frames: there are several in each, and one may go on in the next. */
export class AdtsCutter {
  readonly #frame: Frame;
  /** The beginning of a frame whose end is in the next packet. */
  #cut = Buffer.alloc(0);

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  /** The time is that of the first frame that begins in the packet (ISO/IEC 13818-1 2.4.3.7). */
  packet(b: Buffer, start: number, end: number, dts: number): void {
    const before = this.#cut.length;
    if (before === 0) {
      this.#frames(b, start, end, { dts, before: false });
      return;
    }
    const joined = Buffer.concat([this.#cut, b.subarray(start, end)]);
    this.reset();
    this.#frames(joined, 0, joined.length, { dts, before: true });
  }

  /** What comes next has nothing to do with what came. */
  reset(): void {
    this.#cut = Buffer.alloc(0);
  }

  /** `before`: the first frame began in the packet before, so it is one frame earlier. */
  #frames(b: Buffer, start: number, end: number, { dts, before }: { dts: number; before: boolean }): void {
    let at = start;
    let count = before ? -1 : 0;
    while (at < end) {
      const head = parseAdts(b, at, end);
      const stop = at + (head?.frameBytes ?? 1);
      if (stop > end || (!head && b[at] === 0xff && end - at < HEAD)) break;
      if (head) {
        const { frameSamples, sampleRate } = head.config;
        this.#frame(b, at, stop, Math.round(dts + (count * frameSamples * TICKS) / sampleRate));
        count++;
      }
      at = stop;
    }
    if (end - at <= MAX_FRAME) this.#cut = Buffer.from(b.subarray(at, end));
  }
}
