import type { Frame } from 'node-av/lib';
import { PixelError, type Tally } from '../../backend.ts';
import type { Av } from '../library.ts';
import type { Choice } from './choice.ts';
import { H264Encoder } from './encoder.ts';
import { type Kind, SOFTWARE } from './kinds.ts';

type Picture = Pick<Frame, 'width' | 'height' | 'colorSpace'>;

/** Codes the pictures of one stream, whatever their size, by the coder that was chosen. */
export class H264Coder {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #choice: Choice;
  readonly #bitrate: number | undefined;
  #encoder: H264Encoder | undefined;
  #colorSpace: Frame['colorSpace'] | undefined;

  constructor(av: Av, tally: Tally, { choice, bitrate }: { choice: Choice; bitrate?: number }) {
    this.#av = av;
    this.#tally = tally;
    this.#choice = choice;
    this.#bitrate = bitrate;
  }

  /**
   * The frame stays the caller's; `key` asks for one that can be decoded alone. A device that fails is left for the
   * library's own coder, with a key frame. Throws PixelError.
   */
  async encode(frame: Frame, seconds: number, key = false): Promise<{ data: Buffer; key: boolean }> {
    const encoder = await this.#encoderFor(frame);
    try {
      return await encoder.encode(frame, seconds, key);
    } catch (error) {
      if (!(error instanceof PixelError) || encoder.kind === SOFTWARE) throw error;
      this.#choice.failed(encoder.kind);
      this.free();
      return (await this.#encoderFor(frame)).encode(frame, seconds, true);
    }
  }

  /** Idempotent. */
  free(): void {
    this.#encoder?.free();
    this.#encoder = undefined;
  }

  async #encoderFor(picture: Picture): Promise<H264Encoder> {
    const { width, height, colorSpace } = picture;
    const current = this.#encoder;
    if (current?.width === width && current.height === height && this.#colorSpace === colorSpace)
      return current;
    this.free();
    this.#colorSpace = colorSpace;
    this.#encoder = await this.#open(await this.#choice.kind(), { width, height, colorSpace });
    return this.#encoder;
  }

  async #open(kind: Kind, size: Picture): Promise<H264Encoder> {
    const about = { ...size, bitrate: this.#bitrate };
    try {
      return await H264Encoder.open(this.#av, this.#tally, { ...about, kind });
    } catch (error) {
      if (!(error instanceof PixelError) || kind === SOFTWARE) throw error;
      // Devices take a few streams at once, and not each size.
      return H264Encoder.open(this.#av, this.#tally, { ...about, kind: SOFTWARE });
    }
  }
}
