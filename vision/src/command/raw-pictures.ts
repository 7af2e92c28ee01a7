/** Takes pictures of one size out of `ffmpeg -f rawvideo -pix_fmt yuv420p`. */
export class RawPictures {
  readonly #size: number;
  readonly #picture: (data: Buffer) => void;
  #current: Buffer;
  #filled = 0;

  /** Whoever is given a picture owns its memory. */
  constructor(width: number, height: number, picture: (data: Buffer) => void) {
    this.#size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    this.#picture = picture;
    this.#current = Buffer.allocUnsafe(this.#size);
  }

  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.copy(this.#current, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled < this.#size) return;
      const whole = this.#current;
      this.#current = Buffer.allocUnsafe(this.#size);
      this.#filled = 0;
      this.#picture(whole);
    }
  }
}
