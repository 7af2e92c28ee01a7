import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type CodedSink, pictureSize, type Session, type Tally } from '../backend.ts';
import { Blurrer, type Cover } from '../blur/index.ts';
import { KEY_SECONDS } from '../h264-target.ts';
import { packedPicture } from '../planes.ts';
import { Rate } from '../rate.ts';
import { Child } from './child.ts';
import { CodedUnits, encoderArgs } from './coded-units.ts';
import { RawDecoding } from './raw-decoding.ts';

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
  readonly #decoding: RawDecoding;
  readonly #encoder: Child;
  /** Units whose pictures are being coded. */
  readonly #coding: Unit[] = [];
  #written: Promise<void> = Promise.resolve();

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
    this.#encoder = this.#encoding(program);
    this.#decoding = new RawDecoding({
      ...{ program, tally, format, size: this.#size },
      picture: (data, unit) => this.#cover(data, unit),
      failed: (message) => this.#fail(message),
    });
  }

  async push(unit: Unit): Promise<void> {
    await this.#decoding.push(unit);
    await this.#written;
  }

  async close(): Promise<void> {
    const decoded = this.#decoding.close();
    this.#blurrer.close();
    await Promise.all([decoded, this.#encoder.kill()]);
  }

  #encoding(program: string): Child {
    const { width, height } = this.#size;
    const coded = new CodedUnits((data, key) => this.#give(data, key));
    return new Child({
      program,
      onEnd: ({ words }) => this.#fail(words.split('\n').at(-1) || 'ffmpeg ended'),
      args: [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', 'pipe:0', '-an'],
        ...encoderArgs(Math.ceil(KEY_SECONDS * this.#blurrer.options.max_fps)),
        ...['-flush_packets', '1', '-f', 'h264', 'pipe:1'],
      ],
      onOutput: (bytes) => coded.take(bytes),
    });
  }

  #cover(data: Buffer, unit: Unit): void {
    const seconds = unit.time / this.#format.clockRate;
    if (!this.#rate.due(seconds, unit.key)) return;
    this.#blurrer.take({ data, unit }, seconds);
  }

  #code({ data, unit }: Held): void {
    if (this.#decoding.over) return;
    this.#coding.push(unit);
    this.#written = this.#encoder.write(data);
  }

  #give(data: Buffer, key: boolean): void {
    const unit = this.#coding.shift();
    if (!unit || this.#decoding.over) return;
    this.#tally.encoded++;
    this.#sink.coded({ data, key, time: unit.time, arrival: unit.arrival });
  }

  #fail(message: string): void {
    if (this.#decoding.over) return;
    this.#sink.failed(message);
    void this.close();
  }
}
