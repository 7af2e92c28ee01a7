import { aac, type Codec, codecs } from '../codecs/index.ts';
import { TsReader, type TsStream } from '../mpegts/index.ts';
import { AdtsCutter } from './adts-cutter.ts';
import type { MediaUnit } from './intake.ts';

/** Ticks a second of every time in a transport stream. */
export const TS_RATE = 90_000;
const BY_TYPE: ReadonlyMap<number, Codec> = new Map(
  codecs.flatMap((codec) => (codec.mpegts === undefined ? [] : [[codec.mpegts, codec] as const])),
);
export interface TsUnitsOptions {
  readonly takes?: ((codec: Codec) => boolean) | undefined;
  readonly announce: (kind: Codec['kind'], there: boolean) => void;
  /** `dts` in ticks of 90 kHz modulo 2^33, `b` reused after the call. */
  readonly unit: (codec: Codec, b: Buffer, unit: MediaUnit, dts: number) => void;
}

/** The access units of a transport stream with the codecs they are of; streams of other codecs are passed over. */
export class TsUnits {
  readonly #options: TsUnitsOptions;
  readonly #reader: TsReader;
  readonly #foreign = new Set<number>();
  readonly #sound: AdtsCutter;
  #programs = 0;

  constructor(options: TsUnitsOptions) {
    this.#options = options;
    this.#sound = new AdtsCutter((b, start, end, dts) => options.unit(aac, b, plain(start, end, 0), dts));
    this.#reader = new TsReader({
      program: (streams) => this.#program(streams),
      wants: (type) => {
        const codec = this.#codecOf(type);
        if (!codec) return 'no';
        return codec.kind === 'audio' ? 'prompt' : 'whole';
      },
      unit: (type, b, start, end, pts, dts) => this.#unit(BY_TYPE.get(type)!, b, start, end, pts, dts),
    });
  }

  get lost(): number {
    return this.#reader.lost;
  }

  get dropped(): number {
    return this.#reader.dropped;
  }

  /** In words; undefined when something comes that can be used. */
  get trouble(): string | undefined {
    if (this.#programs === 0) return 'a transport stream without a program';
    if (this.#foreign.size === 0) return undefined;
    return `stream type ${[...this.#foreign].map((type) => `0x${type.toString(16)}`).join(', ')}: not carried`;
  }

  read(b: Buffer, start = 0, end = b.length): void {
    this.#reader.read(b, start, end);
  }

  /** What comes next has nothing to do with what came. */
  flush(): void {
    this.#reader.flush();
    this.#sound.reset();
  }

  #codecOf(type: number): Codec | undefined {
    const codec = BY_TYPE.get(type);
    return codec && this.#options.takes?.(codec) !== false ? codec : undefined;
  }

  #program(streams: readonly TsStream[]): void {
    this.#programs++;
    this.#sound.reset();
    this.#foreign.clear();
    const kinds = new Set<Codec['kind']>();
    for (const { type } of streams) {
      const codec = this.#codecOf(type);
      if (codec) kinds.add(codec.kind);
      else this.#foreign.add(type);
    }
    for (const kind of ['video', 'audio'] as const) this.#options.announce(kind, kinds.has(kind));
  }

  #unit(codec: Codec, b: Buffer, start: number, end: number, pts: number, dts: number): void {
    if (codec === aac) this.#sound.packet(b, start, end, dts);
    else this.#options.unit(codec, b, plain(start, end, offsetOf(pts, dts)), dts);
  }
}

const plain = (start: number, end: number, offset: number): MediaUnit => ({
  start,
  end,
  offset,
  key: true,
  sampleRate: 0,
  channels: 0,
});

/** Times wrap at 33 bits, the picture's two not at once. */
function offsetOf(pts: number, dts: number): number {
  const offset = pts - dts;
  return offset < -(2 ** 32) ? offset + 2 ** 33 : offset;
}
