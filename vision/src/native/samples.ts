import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import {
  fittedSize,
  PixelError,
  type SampleSink,
  type SamplesWish,
  type Session,
  type Tally,
} from '../backend.ts';
import type { Picture420 } from '../planes.ts';
import { Rate } from '../rate.ts';
import { Decoder } from './decoder.ts';
import type { Av } from './library.ts';
import { Scaler } from './scaler.ts';

/** Units whose frames are not out yet; a decoder holds back at most 16. */
const REMEMBERED = 64;

/** Decodes, and hands out the samples of as many pictures as are wanted. */
export class NativeSamples implements Session {
  readonly #format: VideoFormat;
  readonly #wanted: SamplesWish;
  readonly #sink: SampleSink;
  readonly #scaler: Scaler;
  readonly #rate: Rate;
  readonly #units = new Map<number, Unit>();
  #decoder: Decoder | undefined;
  #count = 0;
  #over = false;
  /** Each context has one call at a time, and nothing is freed under one. */
  #chain: Promise<void> = Promise.resolve();

  constructor(
    av: Av,
    tally: Tally,
    { format, wanted, sink }: { format: VideoFormat; wanted: SamplesWish; sink: SampleSink },
  ) {
    this.#format = format;
    this.#wanted = wanted;
    this.#sink = sink;
    this.#rate = new Rate(wanted.fps);
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
    if (!unit?.show || !this.#rate.due(unit.time / this.#format.clockRate)) return;
    await this.#scaler.scale(frame, fittedSize(frame, this.#wanted), async (scaled) =>
      this.#sink.picture(picture420(scaled), unit),
    );
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
    this.#scaler.free();
    this.#decoder?.free();
    this.#decoder = undefined;
  }
}

/** A view of a frame that is ours alone; void when the frame is. */
export function picture420(frame: Frame): Picture420 {
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
