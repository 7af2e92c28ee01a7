import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { fittedSize, type SampleSink, type SamplesWish, type Session, type Tally } from '../backend.ts';
import { Rate } from '../rate.ts';
import { Decoding } from './decoding.ts';
import type { Av } from './library.ts';
import { OwnPictures } from './own-picture.ts';
import { Scaler } from './scaler.ts';

/** Decodes, and hands out the samples of as many pictures as are wanted. */
export class NativeSamples implements Session {
  readonly #format: VideoFormat;
  readonly #wanted: SamplesWish;
  readonly #sink: SampleSink;
  readonly #pictures: OwnPictures;
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
    this.#pictures = new OwnPictures(av);
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
    const own = this.#pictures.take(fittedSize(frame, this.#wanted));
    try {
      await this.#scaler.scale(frame, own.frame);
      this.#sink.picture(own.samples, unit);
    } finally {
      this.#pictures.give(own);
    }
  }

  #free(): void {
    this.#scaler.free();
    this.#pictures.free();
  }
}
