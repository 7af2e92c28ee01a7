import type { Picture420, Plane } from '../planes.ts';
import type { Box } from './box.ts';

/** The grey around a picture that has not the network's shape, as its training had it. */
const GREY = 114;

/** How a picture lies in the network's input. */
interface Fit {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** Sample places of one axis: the two neighbours and the share of the second in 256ths. */
interface Axis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Int32Array;
}

/** Makes a network's input of pictures: scaled with their aspect kept, RGB, one plane after another. */
export class Letterbox {
  readonly width: number;
  readonly height: number;
  /** Bytes of red, then green, then blue; the next picture overwrites them. */
  readonly #bytes: Uint8Array;
  readonly #luma: Uint8Array;
  #size = '';
  #fit: Fit = { width: 1, height: 1, left: 0, top: 0 };
  #across: Axis = axis(1, 1);
  #down: Axis = axis(1, 1);
  #chroma: Int32Array = new Int32Array(0);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#bytes = new Uint8Array(3 * width * height);
    this.#luma = new Uint8Array(width);
  }

  /** The input's bytes, valid until the next call, and what tells where in the picture a box of the input is. */
  fill(picture: Picture420): {
    data: Uint8Array;
    place: (x0: number, y0: number, x1: number, y1: number) => Box;
  } {
    this.#aim(picture);
    const { left, top, width, height } = this.#fit;
    const { first, second, share } = this.#down;
    const { y, u, v } = picture;
    for (let row = 0; row < height; row++) {
      const rows = { above: first[row]! * y.stride, below: second[row]! * y.stride, part: share[row]! };
      this.#row(y, rows, width);
      // Nearest colour: it has half the resolution already.
      const chromaRow = Math.min(u.height - 1, first[row]! >> 1);
      this.#color(
        u.data,
        v.data,
        chromaRow * u.stride,
        chromaRow * v.stride,
        (top + row) * this.width + left,
      );
    }
    const fit = this.#fit;
    return { data: this.#bytes, place: (...box) => placed(fit, box) };
  }

  #aim({ width, height }: Picture420): void {
    const size = `${width}x${height}`;
    if (size === this.#size) return;
    this.#size = size;
    const scale = Math.min(this.width / width, this.height / height);
    const fit = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const [left, top] = [
      Math.floor((this.width - fit.width) / 2),
      Math.floor((this.height - fit.height) / 2),
    ];
    this.#fit = { ...fit, left, top };
    this.#bytes.fill(GREY);
    this.#across = axis(width, fit.width);
    this.#down = axis(height, fit.height);
    const last = Math.ceil(width / 2) - 1;
    this.#chroma = this.#across.first.map((x) => Math.min(last, x >> 1));
  }

  #row(
    { data }: Plane,
    { above, below, part }: { above: number; below: number; part: number },
    width: number,
  ): void {
    const { first, second, share } = this.#across;
    const line = this.#luma;
    for (let x = 0; x < width; x++) {
      const [a, b, s] = [first[x]!, second[x]!, share[x]!];
      const upper = data[above + a]! * (256 - s) + data[above + b]! * s;
      const lower = data[below + a]! * (256 - s) + data[below + b]! * s;
      line[x] = (upper * (256 - part) + lower * part) >> 16;
    }
  }

  /** ITU-R BT.601, limited range, in 256ths. */
  #color(u: Uint8Array, v: Uint8Array, uRow: number, vRow: number, at: number): void {
    const [bytes, line, chroma] = [this.#bytes, this.#luma, this.#chroma];
    const plane = this.width * this.height;
    const width = this.#fit.width;
    for (let x = 0; x < width; x++) {
      const c = 298 * (line[x]! - 16) + 128;
      const d = u[uRow + chroma[x]!]! - 128;
      const e = v[vRow + chroma[x]!]! - 128;
      bytes[at + x] = clamped((c + 409 * e) >> 8);
      bytes[at + x + plane] = clamped((c - 100 * d - 208 * e) >> 8);
      bytes[at + x + 2 * plane] = clamped((c + 516 * d) >> 8);
    }
  }
}

/** A box in the input's pixels as parts of the picture, cut at its edges. */
function placed({ left, top, width, height }: Fit, [x0, y0, x1, y1]: [number, number, number, number]): Box {
  const part = (value: number, from: number, of: number): number =>
    Math.min(1, Math.max(0, (value - from) / of));
  return {
    x0: part(x0, left, width),
    y0: part(y0, top, height),
    x1: part(x1, left, width),
    y1: part(y1, top, height),
  };
}

const clamped = (value: number): number => Math.max(0, Math.min(255, value));

/** Where the samples of an axis of `to` lie in one of `from`. */
function axis(from: number, to: number): Axis {
  const made = { first: new Int32Array(to), second: new Int32Array(to), share: new Int32Array(to) };
  for (let i = 0; i < to; i++) {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    made.first[i] = Math.floor(place);
    made.second[i] = Math.min(from - 1, made.first[i]! + 1);
    made.share[i] = Math.round((place - made.first[i]!) * 256);
  }
  return made;
}
