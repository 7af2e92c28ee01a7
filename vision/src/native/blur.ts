import type { PrivacyOptions } from '@nightjar/contract';
import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type BlurSink, PixelError, pictureSize, type Session, type Tally } from '../backend.ts';
import { Blurrer } from '../blur/index.ts';
import { Rate } from '../rate.ts';
import { Decoder } from './decoder.ts';
import { H264Encoder } from './h264-encoder.ts';
import type { Av } from './library.ts';
import { Scaler } from './scaler.ts';

/** Units whose frames are not out yet; a decoder holds back at most 16. */
const REMEMBERED = 64;

/** Decodes, covers and codes anew. What throws on the way costs the picture, or ends the session. */
export class NativeBlur implements Session {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #sink: BlurSink;
  readonly #blurrer: Blurrer;
  readonly #scaler: Scaler;
  readonly #rate: Rate;
  readonly #units = new Map<number, Unit>();
  #encoder: H264Encoder | undefined;
  #decoder: Decoder | undefined;
  #count = 0;
  #over = false;
  /** Each context has one call at a time, and nothing is freed under one. */
  #chain: Promise<void> = Promise.resolve();

  constructor(
    av: Av,
    tally: Tally,
    { format, options, sink }: { format: VideoFormat; options: PrivacyOptions; sink: BlurSink },
  ) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
    this.#blurrer = new Blurrer(options);
    this.#rate = new Rate(options.max_fps);
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
    const seconds = unit.time / this.#format.clockRate;
    if (!this.#rate.due(seconds)) return;
    const { num, den } = frame.sampleAspectRatio;
    const aspect = num > 0 && den > 0 && num / den > 0.2 && num / den < 5 ? num / den : 1;
    const width = frame.width * aspect * this.#blurrer.options.downscale;
    const size = pictureSize(frame, aspect, width);
    const encoder = await this.#encoderFor(size);
    await this.#scaler.scale(frame, size, async (scaled) => {
      this.#blurrer.cover(picture420(scaled), seconds);
      const coded = await encoder.encode(scaled, seconds);
      this.#sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
    });
  }

  async #encoderFor(size: { width: number; height: number }): Promise<H264Encoder> {
    const { width, height } = size;
    if (this.#encoder?.width === width && this.#encoder.height === height) return this.#encoder;
    this.#encoder?.free();
    this.#encoder = undefined;
    this.#encoder = await H264Encoder.open(this.#av, this.#tally, size);
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
    this.#scaler.free();
    this.#decoder?.free();
    this.#decoder = undefined;
  }
}

/** A view of a frame that is ours alone; void when the frame is. */
function picture420(frame: Frame) {
  const { width, height, linesize, data } = frame;
  if (!data || data.length < 3) throw new PixelError('a picture without planes');
  const [half, low] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const plane = (index: number, w: number, h: number) => ({
    data: data[index]!,
    stride: linesize[index]!,
    width: w,
    height: h,
  });
  return { width, height, y: plane(0, width, height), u: plane(1, half, low), v: plane(2, half, low) };
}
