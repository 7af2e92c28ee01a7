import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type CodedSink, pictureSize, pixelAspect, type Session, type Tally } from '../backend.ts';
import { Blurrer, type Cover } from '../blur/index.ts';
import { Rate } from '../rate.ts';
import { Decoding } from './decoding.ts';
import { type Choice, H264Coder } from './h264/index.ts';
import type { Av } from './library.ts';
import { type OwnPicture, OwnPictures } from './own-picture.ts';
import { Scaler } from './scaler.ts';

/** A picture of our own on its way through the covering. */
interface Held {
  readonly own: OwnPicture;
  readonly unit: Unit;
  readonly seconds: number;
}

/** Decodes, covers and codes anew. What throws on the way costs the picture, or ends the session. */
export class NativeBlur implements Session {
  readonly #format: VideoFormat;
  readonly #sink: CodedSink;
  readonly #blurrer: Blurrer<Held>;
  readonly #pictures: OwnPictures;
  readonly #scaler: Scaler;
  readonly #coder: H264Coder;
  readonly #rate: Rate;
  readonly #decoding: Decoding;
  /** Covered, and not coded yet. */
  readonly #ready: Held[] = [];
  #showing = false;

  constructor(
    av: Av,
    tally: Tally,
    { format, cover, sink, choice }: { format: VideoFormat; cover: Cover; sink: CodedSink; choice: Choice },
  ) {
    this.#pictures = new OwnPictures(av);
    this.#format = format;
    this.#sink = sink;
    this.#blurrer = new Blurrer({
      ...cover,
      samples: ({ own }) => own.samples,
      covered: (held) => this.#covered(held),
      failed: ({ own }, error) => {
        own.frame.free();
        this.#decoding.step(() => Promise.reject(error));
      },
    });
    this.#rate = new Rate(cover.options.max_fps);
    this.#scaler = new Scaler(av);
    this.#coder = new H264Coder(av, tally, { choice });
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
    const seconds = unit.time / this.#format.clockRate;
    // A key frame takes three times as long to decode as what is shown now.
    if (!this.#rate.due(seconds, unit.key)) return;
    const aspect = pixelAspect(frame.sampleAspectRatio);
    const width = frame.width * aspect * this.#blurrer.options.downscale;
    const size = pictureSize(frame, aspect, width);
    const own = this.#pictures.take(size);
    try {
      await this.#scaler.scale(frame, own.frame);
    } catch (error) {
      own.frame.free();
      throw error;
    }
    this.#showing = true;
    this.#blurrer.take({ own, unit, seconds }, seconds);
    this.#showing = false;
    await this.#code();
  }

  #covered(held: Held): void {
    if (this.#decoding.over) this.#pictures.give(held.own);
    else {
      this.#ready.push(held);
      if (!this.#showing) this.#decoding.step(() => this.#code());
    }
  }

  async #code(): Promise<void> {
    for (let held = this.#ready.shift(); held; held = this.#ready.shift()) {
      const { own, unit, seconds } = held;
      try {
        const coded = await this.#coder.encode(own.frame, seconds);
        this.#sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
      } finally {
        this.#pictures.give(own);
      }
    }
  }

  #free(): void {
    this.#blurrer.close();
    for (const { own } of this.#ready.splice(0)) this.#pictures.give(own);
    this.#coder.free();
    this.#scaler.free();
    this.#pictures.free();
  }
}
