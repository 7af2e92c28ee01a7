import type { PictureOutput, Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type Picture, pictureSize, quantizer } from '../backend.ts';
import { Child } from './child.ts';
import { type Elementary, videoElementary } from './elementary.ts';
import { jpegSize, MpjpegReader } from './mpjpeg.ts';

export interface RowOptions {
  readonly program: string;
  readonly format: VideoFormat;
  readonly wanted: Pick<PictureOutput, 'width' | 'quality'>;
  /** A picture, and the unit it shows: units in the order in which they are shown. */
  readonly onPicture: (picture: Picture, unit: Unit) => void;
  readonly onEnd: (message: string) => void;
}

/** One `ffmpeg` that turns units into JPEGs of one width and quality. */
export class PictureRow {
  readonly #options: RowOptions;
  readonly #elementary: Elementary;
  readonly #child: Child;
  /** Units without a picture yet, by time: `ffmpeg` gives one picture for each, in the order of their times. */
  readonly #waiting: Unit[] = [];
  #closing = false;

  /** Throws PixelError. */
  constructor(options: RowOptions) {
    this.#options = options;
    this.#elementary = videoElementary(options.format);
    const reader = new MpjpegReader((jpeg) => this.#take(jpeg));
    this.#child = new Child({
      program: options.program,
      args: [...this.#elementary.args, ...INPUT, '-i', 'pipe:0', ...outputArgs(options), 'pipe:1'],
      onOutput: (bytes) => reader.take(bytes),
      onEnd: ({ words }) => {
        if (!this.#closing) options.onEnd(words.split('\n').at(-1) || 'ffmpeg ended');
      },
    });
  }

  push(unit: Unit): Promise<void> {
    const behind = this.#waiting.findLastIndex(({ time }) => time <= unit.time);
    this.#waiting.splice(behind + 1, 0, unit);
    // What was damaged has no picture: it must not be waited for.
    if (this.#waiting.length > MAX_HELD_BACK) this.#waiting.shift();
    return this.#child.write(...this.#elementary.write(unit.data));
  }

  /** Everything that was pushed has become a picture, or never will. */
  finish(): Promise<void> {
    this.#closing = true;
    return this.#child.finish();
  }

  close(): Promise<void> {
    this.#closing = true;
    return this.#child.kill();
  }

  #take(jpeg: Buffer): void {
    const unit = this.#waiting.shift();
    const size = jpegSize(jpeg);
    if (unit && size) this.#options.onPicture({ jpeg, ...size }, unit);
  }
}

/** Frames a decoder holds back to reorder them, and those in pipes. */
const MAX_HELD_BACK = 600;

const INPUT = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];

function outputArgs({ format, wanted }: RowOptions): string[] {
  const { pixelAspect } = format;
  const aspect = pixelAspect ? pixelAspect.width / pixelAspect.height : 1;
  const { width, height } = pictureSize(format, aspect, wanted.width);
  const scale = `scale=${width}:${height}:flags=fast_bilinear:out_range=full,format=yuvj420p,setsar=1`;
  const quality = String(quantizer(wanted.quality));
  return ['-an', '-vf', scale, '-vsync', 'passthrough', '-c:v', 'mjpeg', '-q:v', quality, ...MULTIPART];
}

const MULTIPART = ['-huffman', 'default', '-flush_packets', '1', '-f', 'mpjpeg'];
