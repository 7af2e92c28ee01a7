import type { Unit, VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type CodedSink, pictureSize, type Session, type Tally } from '../backend.ts';
import { Decoding } from './decoding.ts';
import { H264Encoder } from './h264-encoder.ts';
import type { Av } from './library.ts';
import { Scaler } from './scaler.ts';

/** Decodes, scales and codes anew. */
export class NativeVideo implements Session {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #format: VideoFormat;
  readonly #target: VideoTarget;
  readonly #sink: CodedSink;
  readonly #scaler: Scaler;
  readonly #decoding: Decoding;
  #encoder: H264Encoder | undefined;

  constructor(
    av: Av,
    tally: Tally,
    { format, target, sink }: { format: VideoFormat; target: VideoTarget; sink: CodedSink },
  ) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#target = target;
    this.#sink = sink;
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
    const { num, den } = frame.sampleAspectRatio;
    const aspect = num > 0 && den > 0 && num / den > 0.2 && num / den < 5 ? num / den : 1;
    const size = pictureSize(frame, aspect, this.#target.width);
    await this.#scaler.scale(frame, size, async (scaled) => {
      const encoder = await this.#encoderFor(size);
      const coded = await encoder.encode(scaled, unit.time / this.#format.clockRate, unit.key);
      this.#sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
    });
  }

  async #encoderFor(size: { width: number; height: number }): Promise<H264Encoder> {
    const { width, height } = size;
    if (this.#encoder?.width === width && this.#encoder.height === height) return this.#encoder;
    this.#encoder?.free();
    this.#encoder = undefined;
    const { bitrate } = this.#target;
    this.#encoder = await H264Encoder.open(this.#av, this.#tally, { width, height, bitrate });
    return this.#encoder;
  }

  #free(): void {
    this.#encoder?.free();
    this.#encoder = undefined;
    this.#scaler.free();
  }
}
