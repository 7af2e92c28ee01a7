import type { Unit, VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type CodedSink, pictureSize, type Session, type Tally } from '../backend.ts';
import { Decoding } from './decoding.ts';
import { type Choice, H264Coder } from './h264/index.ts';
import type { Av } from './library.ts';
import { OwnPictures } from './own-picture.ts';
import { Scaler } from './scaler.ts';

/** Decodes, scales and codes anew. */
export class NativeVideo implements Session {
  readonly #format: VideoFormat;
  readonly #target: VideoTarget;
  readonly #sink: CodedSink;
  readonly #pictures: OwnPictures;
  readonly #scaler: Scaler;
  readonly #coder: H264Coder;
  readonly #decoding: Decoding;

  constructor(
    av: Av,
    tally: Tally,
    {
      format,
      target,
      sink,
      choice,
    }: { format: VideoFormat; target: VideoTarget; sink: CodedSink; choice: Choice },
  ) {
    this.#format = format;
    this.#target = target;
    this.#sink = sink;
    this.#pictures = new OwnPictures(av);
    this.#scaler = new Scaler(av);
    this.#coder = new H264Coder(av, tally, { choice, bitrate: target.bitrate });
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
    const own = this.#pictures.take(size);
    try {
      await this.#scaler.scale(frame, own.frame);
      const coded = await this.#coder.encode(own.frame, unit.time / this.#format.clockRate, unit.key);
      this.#sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
    } finally {
      this.#pictures.give(own);
    }
  }

  #free(): void {
    this.#coder.free();
    this.#scaler.free();
    this.#pictures.free();
  }
}
