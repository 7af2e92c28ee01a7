import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { fittedSize, type SampleSink, type SamplesWish, type Session, type Tally } from '../backend.ts';
import { packedPicture } from '../planes.ts';
import { Rate } from '../rate.ts';
import { RawDecoding } from './raw-decoding.ts';

/** One `ffmpeg` that decodes into a pipe. */
export class CommandSamples implements Session {
  readonly #format: VideoFormat;
  readonly #sink: SampleSink;
  readonly #rate: Rate;
  readonly #size: { width: number; height: number };
  readonly #decoding: RawDecoding;

  constructor(
    program: string,
    tally: Tally,
    { format, wanted, sink }: { format: VideoFormat; wanted: SamplesWish; sink: SampleSink },
  ) {
    this.#format = format;
    this.#sink = sink;
    this.#rate = new Rate(wanted.fps);
    this.#size = fittedSize(format, wanted);
    this.#decoding = new RawDecoding({
      ...{ program, tally, format, size: this.#size },
      picture: (data, unit) => this.#show(data, unit),
      failed: (message) => this.#fail(message),
    });
  }

  push(unit: Unit): Promise<void> {
    return this.#decoding.push(unit);
  }

  close(): Promise<void> {
    return this.#decoding.close();
  }

  #show(data: Buffer, unit: Unit): void {
    if (!this.#rate.due(unit.time / this.#format.clockRate)) return;
    this.#sink.picture(packedPicture(data, this.#size.width, this.#size.height), unit);
  }

  #fail(message: string): void {
    if (this.#decoding.over) return;
    this.#sink.failed(message);
    void this.close();
  }
}
