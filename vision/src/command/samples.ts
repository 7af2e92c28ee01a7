import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import {
  fittedSize,
  PixelError,
  type SampleSink,
  type SamplesWish,
  type Session,
  type Tally,
} from '../backend.ts';
import { packedPicture } from '../planes.ts';
import { Rate } from '../rate.ts';
import { Child } from './child.ts';
import { type Elementary, videoElementary } from './elementary.ts';
import { RawPictures } from './raw-pictures.ts';

/** Frames a decoder holds back to reorder them, and those in pipes. */
const MAX_HELD_BACK = 600;
const INPUT = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];

/** One `ffmpeg` that decodes into a pipe. */
export class CommandSamples implements Session {
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #sink: SampleSink;
  readonly #rate: Rate;
  readonly #size: { width: number; height: number };
  #elementary: Elementary | undefined;
  #decoder: Child | undefined;
  /** Units without a picture yet, by time. */
  readonly #waiting: Unit[] = [];
  #over = false;

  constructor(
    program: string,
    tally: Tally,
    { format, wanted, sink }: { format: VideoFormat; wanted: SamplesWish; sink: SampleSink },
  ) {
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
    this.#rate = new Rate(wanted.fps);
    this.#size = fittedSize(format, wanted);
    this.#tally.decoders++;
    this.#begin(program);
  }

  async push(unit: Unit): Promise<void> {
    if (this.#over) return;
    const behind = this.#waiting.findLastIndex(({ time }) => time <= unit.time);
    this.#waiting.splice(behind + 1, 0, unit);
    // What was damaged has no picture: it must not be waited for.
    if (this.#waiting.length > MAX_HELD_BACK) this.#waiting.shift();
    await this.#decoder?.write(...(this.#elementary?.write(unit.data) ?? []));
  }

  async close(): Promise<void> {
    if (!this.#over) this.#tally.decoders--;
    this.#over = true;
    await this.#decoder?.kill();
  }

  #begin(program: string): void {
    try {
      this.#elementary = videoElementary(this.#format);
    } catch (error) {
      if (!(error instanceof PixelError)) throw error;
      // The session is not known yet to whoever opens it.
      setImmediate(() => this.#fail(error.message));
      return;
    }
    const { width, height } = this.#size;
    const raw = new RawPictures(width, height, (data) => this.#show(data));
    const scale = `scale=${width}:${height}:flags=fast_bilinear:out_range=limited,format=yuv420p`;
    this.#decoder = new Child({
      program,
      onEnd: ({ words }) => this.#fail(words.split('\n').at(-1) || 'ffmpeg ended'),
      args: [
        ...[...this.#elementary.args, ...INPUT, '-i', 'pipe:0', '-an', '-vf', scale],
        ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      ],
      onOutput: (bytes) => raw.take(bytes),
    });
  }

  #show(data: Buffer): void {
    const unit = this.#waiting.shift();
    this.#tally.decoded++;
    if (!unit?.show || this.#over || !this.#rate.due(unit.time / this.#format.clockRate)) return;
    this.#sink.picture(packedPicture(data, this.#size.width, this.#size.height), unit);
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#sink.failed(message);
    void this.close();
  }
}
