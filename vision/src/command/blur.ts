import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type CodedSink, PixelError, pictureSize, type Session, type Tally } from '../backend.ts';
import { Blurrer, type Cover } from '../blur/index.ts';
import { H264_QUALITY, KEY_SECONDS } from '../h264-target.ts';
import { packedPicture } from '../planes.ts';
import { Rate } from '../rate.ts';
import { Child } from './child.ts';
import { CodedUnits } from './coded-units.ts';
import { type Elementary, videoElementary } from './elementary.ts';
import { RawPictures } from './raw-pictures.ts';

/** Frames a decoder holds back to reorder them, and those in pipes. */
const MAX_HELD_BACK = 600;
const INPUT = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];

/** A picture on its way through the covering. */
interface Held {
  readonly data: Buffer;
  readonly unit: Unit;
}

/** Two `ffmpeg`, one that decodes and one that codes, with the covering between their pipes. */
export class CommandBlur implements Session {
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #sink: CodedSink;
  readonly #blurrer: Blurrer<Held>;
  readonly #rate: Rate;
  readonly #size: { width: number; height: number };
  #elementary: Elementary | undefined;
  #decoder: Child | undefined;
  #encoder: Child | undefined;
  /** Units without a picture yet, by time. */
  readonly #waiting: Unit[] = [];
  /** Units whose pictures are being coded. */
  readonly #coding: Unit[] = [];
  #written: Promise<void> = Promise.resolve();
  #over = false;

  constructor(
    program: string,
    tally: Tally,
    { format, cover, sink }: { format: VideoFormat; cover: Cover; sink: CodedSink },
  ) {
    this.#tally = tally;
    this.#format = format;
    this.#sink = sink;
    const { options } = cover;
    this.#rate = new Rate(options.max_fps);
    const { pixelAspect } = format;
    const aspect = pixelAspect ? pixelAspect.width / pixelAspect.height : 1;
    this.#size = pictureSize(format, aspect, format.width * aspect * options.downscale);
    const { width, height } = this.#size;
    this.#blurrer = new Blurrer({
      ...cover,
      samples: ({ data }) => packedPicture(data, width, height),
      covered: (held) => this.#code(held),
      failed: (_held, error) => {
        throw error;
      },
    });
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
    await this.#written;
  }

  async close(): Promise<void> {
    if (!this.#over) this.#tally.decoders--;
    this.#over = true;
    this.#blurrer.close();
    await Promise.all([this.#decoder?.kill(), this.#encoder?.kill()]);
  }

  #begin(program: string): void {
    const onEnd = ({ words }: { words: string }): void =>
      this.#fail(words.split('\n').at(-1) || 'ffmpeg ended');
    try {
      this.#elementary = videoElementary(this.#format);
    } catch (error) {
      if (!(error instanceof PixelError)) throw error;
      // The session is not known yet to whoever opens it.
      setImmediate(() => this.#fail(error.message));
      return;
    }
    const { width, height } = this.#size;
    const raw = new RawPictures(width, height, (data) => this.#cover(data));
    const coded = new CodedUnits((data, key) => this.#give(data, key));
    const scale = `scale=${width}:${height}:flags=fast_bilinear:out_range=limited,format=yuv420p`;
    this.#decoder = new Child({
      ...{ program, onEnd },
      args: [
        ...[...this.#elementary.args, ...INPUT, '-i', 'pipe:0', '-an', '-vf', scale],
        ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      ],
      onOutput: (bytes) => raw.take(bytes),
    });
    this.#encoder = new Child({
      ...{ program, onEnd },
      args: [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', 'pipe:0', '-an'],
        ...encoderArgs(Math.ceil(KEY_SECONDS * this.#blurrer.options.max_fps)),
        ...['-flush_packets', '1', '-f', 'h264', 'pipe:1'],
      ],
      onOutput: (bytes) => coded.take(bytes),
    });
  }

  #cover(data: Buffer): void {
    const unit = this.#waiting.shift();
    this.#tally.decoded++;
    if (!unit?.show || this.#over) return;
    const seconds = unit.time / this.#format.clockRate;
    if (!this.#rate.due(seconds)) return;
    this.#blurrer.take({ data, unit }, seconds);
  }

  #code({ data, unit }: Held): void {
    if (this.#over) return;
    this.#coding.push(unit);
    this.#written = this.#encoder?.write(data) ?? this.#written;
  }

  #give(data: Buffer, key: boolean): void {
    const unit = this.#coding.shift();
    if (!unit || this.#over) return;
    this.#tally.encoded++;
    this.#sink.coded({ data, key, time: unit.time, arrival: unit.arrival });
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#sink.failed(message);
    void this.close();
  }
}

/** An access unit delimiter tells where each picture begins. */
function encoderArgs(keyDistance: number): string[] {
  const { preset, tune, crf } = H264_QUALITY;
  return [
    ...['-c:v', 'libx264', '-preset', preset, '-tune', tune, '-crf', crf],
    ...['-g', String(keyDistance), '-x264-params', 'aud=1:scenecut=0'],
  ];
}
