import type { PictureOutput, Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import type { PictureSession, PictureSink, Tally } from '../backend.ts';
import { Rate } from '../rate.ts';
import { Decoding } from './decoding.ts';
import { JpegEncoder } from './jpeg-encoder.ts';
import type { Av } from './library.ts';

interface Row {
  readonly output: PictureOutput;
  readonly encoder: JpegEncoder;
  readonly rate: Rate;
}

/** One decode for all outputs of a stream, one encode for each. */
export class NativePictures implements PictureSession {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #sink: PictureSink;
  readonly #decoding: Decoding;
  #rows: Row[] = [];

  constructor(av: Av, tally: Tally, format: VideoFormat, sink: PictureSink) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
    this.#decoding = new Decoding(av, tally, {
      format,
      show: (frame, unit) => this.#show(frame, unit),
      free: () => this.#free(),
      failed: (message) => sink.failed(message),
    });
  }

  outputs(outputs: readonly PictureOutput[]): void {
    this.#decoding.step(async () => {
      const kept = this.#rows.filter(({ output }) => outputs.some((wanted) => same(wanted, output)));
      for (const row of this.#rows) if (!kept.includes(row)) row.encoder.free();
      const known = (wanted: PictureOutput): boolean => kept.some(({ output }) => same(wanted, output));
      const fresh = outputs.filter((wanted) => !known(wanted)).map((output) => this.#row(output));
      this.#rows = [...kept, ...fresh];
    });
  }

  push(unit: Unit): Promise<void> {
    return this.#decoding.push(unit);
  }

  close(): Promise<void> {
    return this.#decoding.close();
  }

  #row(output: PictureOutput): Row {
    return { output, encoder: new JpegEncoder(this.#av, this.#tally, output), rate: new Rate(output.fps) };
  }

  async #show(frame: Frame, unit: Unit): Promise<void> {
    for (const { output, encoder, rate } of this.#rows) {
      if (!rate.due(unit.time / this.#format.clockRate)) continue;
      this.#sink.picture(output.id, await encoder.encode(frame), unit.arrival);
    }
  }

  #free(): void {
    for (const { encoder } of this.#rows.splice(0)) encoder.free();
  }
}

const same = (a: PictureOutput, b: PictureOutput): boolean =>
  a.id === b.id && a.width === b.width && a.quality === b.quality && a.fps === b.fps;
