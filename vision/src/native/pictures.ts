import type { PictureOutput, Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type PictureSession, type PictureSink, PixelError, type Tally } from '../backend.ts';
import { Rate } from '../rate.ts';
import { Decoder } from './decoder.ts';
import { JpegEncoder } from './jpeg-encoder.ts';
import type { Av } from './library.ts';

/** Units whose frames are not out yet; a decoder holds back at most 16. */
const REMEMBERED = 64;

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
  readonly #units = new Map<number, Unit>();
  #rows: Row[] = [];
  #decoder: Decoder | undefined;
  #count = 0;
  #over = false;
  /** Each context has one call at a time, and nothing is freed under one. */
  #chain: Promise<void> = Promise.resolve();

  constructor(av: Av, tally: Tally, format: VideoFormat, sink: PictureSink) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
    this.#then(async () => {
      this.#decoder = await Decoder.open(av, tally, format);
    });
  }

  outputs(outputs: readonly PictureOutput[]): void {
    this.#then(async () => {
      const kept = this.#rows.filter(({ output }) => outputs.some((wanted) => same(wanted, output)));
      for (const row of this.#rows) if (!kept.includes(row)) row.encoder.free();
      const known = (wanted: PictureOutput): boolean => kept.some(({ output }) => same(wanted, output));
      const fresh = outputs.filter((wanted) => !known(wanted)).map((output) => this.#row(output));
      this.#rows = [...kept, ...fresh];
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

  #row(output: PictureOutput): Row {
    return { output, encoder: new JpegEncoder(this.#av, this.#tally, output), rate: new Rate(output.fps) };
  }

  async #show(frame: Frame, number: number): Promise<void> {
    const unit = this.#units.get(number);
    this.#units.delete(number);
    if (!unit?.show) return;
    for (const { output, encoder, rate } of this.#rows) {
      if (!rate.due(unit.time / this.#format.clockRate)) continue;
      this.#sink.picture(output.id, await encoder.encode(frame), unit.arrival);
    }
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
    this.#over = true;
    for (const { encoder } of this.#rows.splice(0)) encoder.free();
    this.#decoder?.free();
    this.#decoder = undefined;
  }
}

const same = (a: PictureOutput, b: PictureOutput): boolean =>
  a.id === b.id && a.width === b.width && a.quality === b.quality && a.fps === b.fps;
