import type { PictureOutput, Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type PictureSession, type PictureSink, PixelError, type Tally } from '../backend.ts';
import { Rate } from '../rate.ts';
import { PictureRow } from './picture-row.ts';

/** Bytes of the units since the last key frame that are kept for outputs that come later. */
const MAX_KEPT = 32 * 1024 * 1024;

interface Running {
  readonly output: PictureOutput;
  readonly row: PictureRow;
}

/** Pictures of one stream, one `ffmpeg` for each output. */
export class CommandPictures implements PictureSession {
  readonly #program: string;
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #sink: PictureSink;
  #running: Running[] = [];
  #kept: Unit[] = [];
  #keptBytes = 0;
  #over = false;
  #chain: Promise<void> = Promise.resolve();

  constructor(program: string, tally: Tally, format: VideoFormat, sink: PictureSink) {
    this.#program = program;
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
  }

  outputs(outputs: readonly PictureOutput[]): void {
    this.#then(async () => {
      const text = JSON.stringify;
      const wanted = new Set(outputs.map((output) => text(output)));
      const gone = this.#running.filter(({ output }) => !wanted.has(text(output)));
      this.#running = this.#running.filter((each) => !gone.includes(each));
      for (const { row } of gone) await this.#end(row);
      const there = new Set(this.#running.map(({ output }) => text(output)));
      for (const output of outputs) if (!there.has(text(output))) await this.#begin(output);
    });
  }

  push(unit: Unit): Promise<void> {
    this.#then(async () => {
      this.#keep(unit);
      await Promise.all(this.#running.map(({ row }) => row.push(unit)));
    });
    return this.#chain;
  }

  close(): Promise<void> {
    this.#chain = this.#chain.then(() => this.#endAll());
    return this.#chain;
  }

  async #begin(output: PictureOutput): Promise<void> {
    const rate = new Rate(output.fps);
    const row = new PictureRow({
      program: this.#program,
      format: this.#format,
      wanted: output,
      onPicture: (picture, unit) => {
        this.#tally.decoded++;
        if (!unit.show || !rate.due(unit.time / this.#format.clockRate)) return;
        this.#tally.encoded++;
        this.#sink.picture(output.id, picture, unit.arrival);
      },
      onEnd: (message) => this.#fail(message),
    });
    this.#tally.decoders++;
    this.#running.push({ output, row });
    const last = this.#kept.at(-1);
    for (const unit of this.#kept)
      await row.push(unit === last ? { ...unit, show: true } : { ...unit, show: false });
  }

  /** The newest GOP, as far as it is kept. */
  #keep(unit: Unit): void {
    if (unit.key) {
      this.#kept = [];
      this.#keptBytes = 0;
    }
    this.#keptBytes += unit.data.byteLength;
    if (this.#keptBytes <= MAX_KEPT) this.#kept.push(unit);
    else this.#kept = [];
  }

  #then(step: () => Promise<void>): void {
    this.#chain = this.#chain
      .then(() => (this.#over ? undefined : step()))
      .catch((error: unknown) => {
        if (!(error instanceof PixelError)) throw error;
        this.#fail(error.message);
      });
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#sink.failed(message);
    void this.#endAll();
  }

  async #end(row: PictureRow): Promise<void> {
    this.#tally.decoders--;
    await row.close();
  }

  async #endAll(): Promise<void> {
    this.#over = true;
    this.#kept = [];
    await Promise.all(this.#running.splice(0).map(({ row }) => this.#end(row)));
  }
}
