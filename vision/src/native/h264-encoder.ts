import type { CodecContext, Frame, Packet } from 'node-av/lib';
import { PixelError, type Tally } from '../backend.ts';
import { H264_QUALITY, KEY_SECONDS, rateLimit } from '../h264-target.ts';
import { type Av, must } from './library.ts';

/** Codes pictures of one size as H.264 without delay. Calls follow one another; after `free` there are none. */
export class H264Encoder {
  readonly width: number;
  readonly height: number;
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #context: CodecContext;
  readonly #packet: Packet;
  #count = 0n;
  #lastKey = Number.NEGATIVE_INFINITY;

  private constructor(
    av: Av,
    tally: Tally,
    { context, width, height }: { context: CodecContext; width: number; height: number },
  ) {
    this.#av = av;
    this.#tally = tally;
    this.#context = context;
    this.width = width;
    this.height = height;
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
  }

  /** Throws PixelError. */
  static async open(
    av: Av,
    tally: Tally,
    { width, height, bitrate }: { width: number; height: number; bitrate?: number },
  ): Promise<H264Encoder> {
    const { lib, constants } = av;
    const codec = lib.Codec.findEncoderByName('libx264' as Parameters<typeof lib.Codec.findEncoderByName>[0]);
    if (!codec) throw new PixelError('no encoder for H.264');
    const context = new lib.CodecContext();
    context.allocContext3(codec);
    const { preset, tune, crf } = H264_QUALITY;
    const rate = bitrate === undefined ? {} : rateLimit(bitrate);
    const options = lib.Dictionary.fromObject({ preset, tune, crf, ...rate, 'forced-idr': '1' });
    try {
      context.width = width;
      context.height = height;
      context.pixelFormat = constants.AV_PIX_FMT_YUV420P;
      context.timeBase = new lib.Rational(1, 30);
      context.threadCount = 1;
      context.gopSize = 600;
      must(await context.open2(codec, options), 'the H.264 encoder does not open');
      return new H264Encoder(av, tally, { context, width, height });
    } catch (error) {
      context.freeContext();
      throw error;
    } finally {
      options.free();
    }
  }

  /** The frame stays the caller's; `key` asks for one that can be decoded alone. Throws PixelError. */
  async encode(frame: Frame, seconds: number, key = false): Promise<{ data: Buffer; key: boolean }> {
    const { constants } = this.#av;
    const due = key || seconds < this.#lastKey || seconds - this.#lastKey >= KEY_SECONDS;
    // The decoder's type would be kept otherwise.
    frame.pictType = due ? constants.AV_PICTURE_TYPE_I : constants.AV_PICTURE_TYPE_NONE;
    frame.pts = this.#count++;
    must(await this.#context.sendFrame(frame), 'a picture could not be coded');
    // It was coded when it was sent: this only hands it over.
    must(this.#context.receivePacketSync(this.#packet), 'a picture could not be coded');
    const isKey = (this.#packet.flags & constants.AV_PKT_FLAG_KEY) !== 0;
    const data = Buffer.from(this.#packet.data ?? []);
    this.#packet.unref();
    if (isKey) this.#lastKey = seconds;
    this.#tally.encoded++;
    return { data, key: isKey };
  }

  free(): void {
    this.#packet.free();
    this.#context.freeContext();
  }
}
