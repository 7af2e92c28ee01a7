import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { PixelError, type Tally } from '../backend.ts';
import { Child } from './child.ts';
import { type Elementary, videoElementary } from './elementary.ts';

/** Frames a decoder holds back to reorder them, and those in pipes. */
const MAX_HELD_BACK = 600;
const INPUT = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];

export interface RawDecodingOptions {
  readonly program: string;
  readonly tally: Tally;
  readonly format: VideoFormat;
  /** Pixels of the pictures that are wanted. */
  readonly size: { readonly width: number; readonly height: number };
  /** The planes of a picture that is to be shown; whoever is given it owns its memory. */
  readonly picture: (data: Buffer, unit: Unit) => void;
  /** `ffmpeg` has ended, or cannot be begun. */
  readonly failed: (message: string) => void;
}

/** One `ffmpeg` that decodes a track into a pipe: units in, pictures in YUV 4:2:0 out. */
export class RawDecoding {
  readonly #options: RawDecodingOptions;
  /** Units without a picture yet, by time. */
  readonly #waiting: Unit[] = [];
  #elementary: Elementary | undefined;
  #child: Child | undefined;
  #over = false;

  constructor(options: RawDecodingOptions) {
    this.#options = options;
    options.tally.decoders++;
    this.#begin();
  }

  get over(): boolean {
    return this.#over;
  }

  /** Settles when the pipe takes more. */
  async push(unit: Unit): Promise<void> {
    if (this.#over) return;
    const behind = this.#waiting.findLastIndex(({ time }) => time <= unit.time);
    this.#waiting.splice(behind + 1, 0, unit);
    // What was damaged has no picture: it must not be waited for.
    if (this.#waiting.length > MAX_HELD_BACK) this.#waiting.shift();
    await this.#child?.write(...(this.#elementary?.write(unit.data) ?? []));
  }

  /** Idempotent; settles when the process has gone. */
  async close(): Promise<void> {
    if (!this.#over) this.#options.tally.decoders--;
    this.#over = true;
    await this.#child?.kill();
  }

  #begin(): void {
    const { program, format, size, failed } = this.#options;
    try {
      this.#elementary = videoElementary(format);
    } catch (error) {
      if (!(error instanceof PixelError)) throw error;
      // The session is not known yet to whoever opens it.
      setImmediate(() => failed(error.message));
      return;
    }
    const { width, height } = size;
    const raw = new RawPictures(width, height, (data) => this.#show(data));
    const scale = `scale=${width}:${height}:flags=fast_bilinear:out_range=limited,format=yuv420p`;
    this.#child = new Child({
      program,
      onEnd: ({ words }) => failed(words.split('\n').at(-1) || 'ffmpeg ended'),
      args: [
        ...[...this.#elementary.args, ...INPUT, '-i', 'pipe:0', '-an', '-vf', scale],
        ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      ],
      onOutput: (bytes) => raw.take(bytes),
    });
  }

  #show(data: Buffer): void {
    const unit = this.#waiting.shift();
    this.#options.tally.decoded++;
    if (unit?.show && !this.#over) this.#options.picture(data, unit);
  }
}

/** Takes pictures of one size out of `ffmpeg -f rawvideo -pix_fmt yuv420p`. */
class RawPictures {
  readonly #size: number;
  readonly #picture: (data: Buffer) => void;
  #current: Buffer;
  #filled = 0;

  constructor(width: number, height: number, picture: (data: Buffer) => void) {
    this.#size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    this.#picture = picture;
    this.#current = Buffer.allocUnsafe(this.#size);
  }

  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.copy(this.#current, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled < this.#size) return;
      const whole = this.#current;
      this.#current = Buffer.allocUnsafe(this.#size);
      this.#filled = 0;
      this.#picture(whole);
    }
  }
}
