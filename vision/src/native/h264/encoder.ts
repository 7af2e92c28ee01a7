import type { CodecContext, Frame, Packet } from 'node-av/lib';
import { PixelError, type Tally } from '../../backend.ts';
import { KEY_SECONDS } from '../../h264-target.ts';
import { type Av, must } from '../library.ts';
import { codecOf, type Kind } from './kinds.ts';
import { Uploader } from './uploader.ts';

interface Opening {
  readonly width: number;
  readonly height: number;
  /** bit/s at most; the quality alone decides when undefined. */
  readonly bitrate?: number | undefined;
  readonly kind: Kind;
  /** How colours are made of samples, as decoders say it; players guess where nobody does. */
  readonly colorSpace?: Frame['colorSpace'] | undefined;
}

/** Codes pictures of one size as H.264 without delay. Calls follow one another; after `free` there are none. */
export class H264Encoder {
  readonly width: number;
  readonly height: number;
  readonly kind: Kind;
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #context: CodecContext;
  readonly #uploader: Uploader;
  readonly #packet: Packet;
  #count = 0n;
  #lastKey = Number.NEGATIVE_INFINITY;

  private constructor(
    av: Av,
    tally: Tally,
    { context, uploader, ...about }: Opening & { context: CodecContext; uploader: Uploader },
  ) {
    this.#av = av;
    this.#tally = tally;
    this.#context = context;
    this.#uploader = uploader;
    this.width = about.width;
    this.height = about.height;
    this.kind = about.kind;
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
  }

  /** Throws PixelError. */
  static async open(av: Av, tally: Tally, opening: Opening): Promise<H264Encoder> {
    const { lib } = av;
    const { width, height, bitrate, kind } = opening;
    const codec = codecOf(av, kind);
    if (!codec) throw new PixelError('no encoder for H.264');
    const context = new lib.CodecContext();
    context.allocContext3(codec);
    const uploader = new Uploader(av, kind);
    const options = lib.Dictionary.fromObject(kind.options(bitrate));
    try {
      context.width = width;
      context.height = height;
      if (opening.colorSpace !== undefined) context.colorSpace = opening.colorSpace;
      context.timeBase = new lib.Rational(1, 30);
      context.threadCount = 1;
      context.gopSize = 600;
      uploader.prepare(context, opening);
      must(await context.open2(codec, options), 'the H.264 encoder does not open');
      return new H264Encoder(av, tally, { ...opening, context, uploader });
    } catch (error) {
      context.freeContext();
      uploader.free();
      throw error;
    } finally {
      options.free();
    }
  }

  /** The frame stays the caller's; `key` asks for one that can be decoded alone. Throws PixelError. */
  async encode(frame: Frame, seconds: number, key = false): Promise<{ data: Buffer; key: boolean }> {
    const { constants } = this.#av;
    const due = key || seconds < this.#lastKey || seconds - this.#lastKey >= KEY_SECONDS;
    const pts = this.#count++;
    await this.#uploader.bring(frame, async (brought) => {
      // The decoder's type would be kept otherwise.
      brought.pictType = due ? constants.AV_PICTURE_TYPE_I : constants.AV_PICTURE_TYPE_NONE;
      brought.pts = pts;
      must(await this.#context.sendFrame(brought), 'a picture could not be coded');
    });
    // It was coded when it was sent: this only hands it over.
    must(this.#context.receivePacketSync(this.#packet), 'a picture could not be coded');
    const isKey = (this.#packet.flags & constants.AV_PKT_FLAG_KEY) !== 0;
    const data = Buffer.from(this.#packet.data ?? []);
    this.#packet.unref();
    // The first is one of the camera's, which take longest to decode: the others lie between those, so that no picture
    // takes longest both ways.
    const first = this.#lastKey === Number.NEGATIVE_INFINITY;
    if (isKey) this.#lastKey = first ? seconds - KEY_SECONDS / 2 : seconds;
    this.#tally.encoded++;
    return { data, key: isKey };
  }

  free(): void {
    this.#packet.free();
    this.#context.freeContext();
    this.#uploader.free();
  }
}
