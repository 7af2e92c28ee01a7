import type { Codec } from '../codecs/index.ts';

/** Frames of another codec, none of the track's own between them, that take its place without a configuration. */
const INSISTING = 8;

/**
 * Which codec is that of the picture, or of the sound. Drones send single messages of others among their own
 * (quirk 63): a frame counts when more follow, a configuration when the next frame is of its codec.
 */
export class Reign {
  /** Messages that strayed in. */
  strays = 0;
  #codec: Codec | undefined;
  #insisting = 0;
  #claim: { readonly codec: Codec; readonly record: Buffer } | undefined;

  /** Takes the place of whoever reigned. */
  begin(codec: Codec): void {
    this.#codec = codec;
    this.#insisting = 0;
    this.#claim = undefined;
  }

  /** Whether a configuration of this codec is the track's own. */
  isOwn(codec: Codec): boolean {
    return this.#codec === undefined || this.#codec === codec;
  }

  /** Keeps a configuration of another codec until the next frame. */
  claim(codec: Codec, record: Buffer): void {
    if (this.#claim) this.strays++;
    this.#claim = { codec, record };
  }

  /**
   * One frame: false when it strayed in, and when its codec takes the place of another by it, the configuration that
   * came before it.
   */
  frame(codec: Codec): Buffer | boolean {
    const claim = this.#claim;
    this.#claim = undefined;
    if (claim?.codec === codec) return claim.record;
    if (claim) this.strays++;
    if (!this.isOwn(codec) && ++this.#insisting < INSISTING) {
      this.strays++;
      return false;
    }
    this.begin(codec);
    return true;
  }
}
