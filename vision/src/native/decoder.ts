import type { Format } from '@nightjar/media/codecs';
import type { CodecContext, Frame, Packet } from 'node-av/lib';
import { MAX_PIXELS, PixelError, type Tally } from '../backend.ts';
import { type Av, must } from './library.ts';

/** One decoder of one track. Calls follow one another; after `free` there are none. */
export class Decoder {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #context: CodecContext;
  readonly #packet: Packet;
  readonly #frame: Frame;

  private constructor(av: Av, tally: Tally, context: CodecContext) {
    this.#av = av;
    this.#tally = tally;
    this.#context = context;
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
    this.#frame = new av.lib.Frame();
    this.#frame.alloc();
    tally.decoders++;
  }

  /** Throws PixelError when FFmpeg has no such decoder or does not take the format. */
  static async open(av: Av, tally: Tally, format: Format): Promise<Decoder> {
    const { lib, constants } = av;
    const id = codecIds(constants).get(format.codec.name);
    const codec = id === undefined ? null : lib.Codec.findDecoder(id);
    if (!codec) throw new PixelError(`no decoder for ${format.codec.name}`);
    const context = new lib.CodecContext();
    context.allocContext3(codec);
    const options = lib.Dictionary.fromObject(
      format.codec.kind === 'video' ? { max_pixels: String(MAX_PIXELS) } : {},
    );
    try {
      context.threadCount = 1;
      context.pktTimebase = new lib.Rational(1, format.clockRate);
      context.setFlags(constants.AV_CODEC_FLAG_LOW_DELAY);
      if (format.record.length > 0) context.extraData = format.record;
      if ('sampleRate' in format) {
        context.sampleRate = Number(format.sampleRate);
        if ('channels' in format) context.channels = Number(format.channels);
      }
      must(await context.open2(codec, options), `the decoder of ${format.codec.name} does not open`);
    } catch (error) {
      context.freeContext();
      throw error;
    } finally {
      options.free();
    }
    return new Decoder(av, tally, context);
  }

  /**
   * Decodes one unit and hands each frame that came of it to `each`, which must not keep it. Damaged units are
   * passed over. `key` is the number that `each` gets back with the frame that the unit became.
   */
  async decode(
    data: Uint8Array,
    key: number,
    each: (frame: Frame, key: number) => Promise<void>,
  ): Promise<void> {
    const packet = this.#packet;
    packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    packet.pts = BigInt(key);
    packet.dts = this.#av.constants.AV_NOPTS_VALUE;
    const code = await this.#context.sendPacket(packet);
    packet.unref();
    if (code >= 0) await this.#receive(each);
  }

  /** Hands out what is held back for reordering; the decoder may be used again afterwards. */
  async drain(each: (frame: Frame, key: number) => Promise<void>): Promise<void> {
    if ((await this.#context.sendPacket(null)) >= 0) await this.#receive(each);
    this.#context.flushBuffers();
  }

  free(): void {
    this.#tally.decoders--;
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  async #receive(each: (frame: Frame, key: number) => Promise<void>): Promise<void> {
    const frame = this.#frame;
    // Decoded when the packet was sent: this only hands it over.
    while (this.#context.receiveFrameSync(frame) >= 0) {
      this.#tally.decoded++;
      try {
        await each(frame, Number(frame.pts));
      } finally {
        frame.unref();
      }
    }
  }
}

/** Our names for FFmpeg's numbers. */
function codecIds(constants: Av['constants']): Map<string, Av['constants']['AV_CODEC_ID_H264']> {
  return new Map([
    ['h264', constants.AV_CODEC_ID_H264],
    ['h265', constants.AV_CODEC_ID_HEVC],
    ['mjpeg', constants.AV_CODEC_ID_MJPEG],
    ['aac', constants.AV_CODEC_ID_AAC],
    ['pcmu', constants.AV_CODEC_ID_PCM_MULAW],
    ['pcma', constants.AV_CODEC_ID_PCM_ALAW],
    ['g722', constants.AV_CODEC_ID_ADPCM_G722],
    ['l16', constants.AV_CODEC_ID_PCM_S16BE],
  ]);
}
