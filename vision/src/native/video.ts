import type { Unit, VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type CodedSink, PixelError, pictureSize, type Session, type Tally } from '../backend.ts';
import { Decoder } from './decoder.ts';
import { H264Encoder } from './h264-encoder.ts';
import type { Av } from './library.ts';
import { Scaler } from './scaler.ts';

/** Units whose frames are not out yet; a decoder holds back at most 16. */
const REMEMBERED = 64;

/** Decodes, scales and codes anew. */
export class NativeVideo implements Session {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #target: VideoTarget;
  readonly #sink: CodedSink;
  readonly #scaler: Scaler;
  readonly #units = new Map<number, Unit>();
  #decoder: Decoder | undefined;
  #encoder: H264Encoder | undefined;
  #count = 0;
  #over = false;
  /** Each context has one call at a time, and nothing is freed under one. */
  #chain: Promise<void> = Promise.resolve();

  constructor(
    av: Av,
    tally: Tally,
    { format, target, sink }: { format: VideoFormat; target: VideoTarget; sink: CodedSink },
  ) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#target = target;
    this.#sink = sink;
    this.#scaler = new Scaler(av);
    this.#then(async () => {
      this.#decoder = await Decoder.open(av, tally, format);
    });
  }

  push(unit: Unit): Promise<void> {
    this.#then(async () => {
      const key = ++this.#count;
      this.#units.set(key, unit);
      this.#units.delete(key - REMEMBERED);
      await this.#decoder?.decode(unit.data, key, (frame, number) => this.#show(frame, number));
    });
    return this.#chain;
  }

  close(): Promise<void> {
    this.#chain = this.#chain.then(() => this.#free());
    return this.#chain;
  }

  async #show(frame: Frame, number: number): Promise<void> {
    const unit = this.#units.get(number);
    this.#units.delete(number);
    if (!unit?.show) return;
    const { num, den } = frame.sampleAspectRatio;
    const aspect = num > 0 && den > 0 && num / den > 0.2 && num / den < 5 ? num / den : 1;
    const size = pictureSize(frame, aspect, this.#target.width);
    await this.#scaler.scale(frame, size, async (scaled) => {
      const encoder = await this.#encoderFor(size);
      const coded = await encoder.encode(scaled, unit.time / this.#format.clockRate, unit.key);
      this.#sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
    });
  }

  async #encoderFor(size: { width: number; height: number }): Promise<H264Encoder> {
    const { width, height } = size;
    if (this.#encoder?.width === width && this.#encoder.height === height) return this.#encoder;
    this.#encoder?.free();
    this.#encoder = undefined;
    const { bitrate } = this.#target;
    this.#encoder = await H264Encoder.open(this.#av, this.#tally, { width, height, bitrate });
    return this.#encoder;
  }

  #then(step: () => Promise<void>): void {
    this.#chain = this.#chain
      .then(() => (this.#over ? undefined : step()))
      .catch((error: unknown) => {
        this.#free();
        if (!(error instanceof PixelError)) throw error;
        this.#sink.failed(error.message);
      });
  }

  #free(): void {
    if (this.#over) return;
    this.#over = true;
    this.#encoder?.free();
    this.#encoder = undefined;
    this.#scaler.free();
    this.#decoder?.free();
    this.#decoder = undefined;
  }
}
