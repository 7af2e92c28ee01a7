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
import { Decoding } from './decoding.ts';
import type { Av } from './library.ts';
import { Scaler } from './scaler.ts';

/** Decodes, and hands out the samples of as many pictures as are wanted. */
export class NativeSamples implements Session {
  readonly #format: VideoFormat;
  readonly #wanted: SamplesWish;
  readonly #sink: SampleSink;
  readonly #scaler: Scaler;
  readonly #rate: Rate;
  readonly #decoding: Decoding;

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
    this.#decoding = new Decoding(av, tally, {
      format,
      show: (frame, unit) => this.#show(frame, unit),
      free: () => this.#free(),
      failed: (message) => sink.failed(message),
    });
  }

  push(unit: Unit): Promise<void> {
    return this.#decoding.push(unit);
  }

  close(): Promise<void> {
    return this.#decoding.close();
  }

  async #show(frame: Frame, unit: Unit): Promise<void> {
    if (!this.#rate.due(unit.time / this.#format.clockRate)) return;
    await this.#scaler.scale(frame, fittedSize(frame, this.#wanted), async (scaled) =>
      this.#sink.picture(picture420(scaled), unit),
    );
  }

  #free(): void {
    this.#scaler.free();
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
