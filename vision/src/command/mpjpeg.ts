/** Bytes of pictures that are not whole yet. */
const MAX_PENDING = 64 * 1024 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** Takes apart what `ffmpeg -f mpjpeg` writes: parts with their length in a header. */
export class MpjpegReader {
  readonly #picture: (jpeg: Buffer) => void;
  #pending: Buffer = Buffer.alloc(0);

  constructor(picture: (jpeg: Buffer) => void) {
    this.#picture = picture;
  }

  /** Throws RangeError when it does not look like that at all. */
  take(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    if (this.#pending.length > MAX_PENDING) throw new RangeError('a picture without end');
    for (;;) {
      const headEnd = this.#pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const length = /content-length: *(\d{1,9})/i.exec(this.#pending.toString('latin1', 0, headEnd))?.[1];
      if (length === undefined) throw new RangeError('a part without length');
      const start = headEnd + HEAD_END.length;
      const end = start + Number(length);
      if (this.#pending.length < end) return;
      this.#picture(Buffer.from(this.#pending.subarray(start, end)));
      this.#pending = this.#pending.subarray(end);
    }
  }
}

/** Sides of a JPEG by its frame header (ITU-T T.81 B.2.2); undefined when there is none. */
export function jpegSize(jpeg: Uint8Array): { width: number; height: number } | undefined {
  let at = 2;
  while (at + 9 < jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xc3) {
      return { width: (jpeg[at + 7]! << 8) | jpeg[at + 8]!, height: (jpeg[at + 5]! << 8) | jpeg[at + 6]! };
    }
    at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!);
  }
  return undefined;
}
