import type { InputFit } from '@nightjar/contract/vision';
import type { Picture420, Plane } from '../planes.ts';
import type { Box } from './box.ts';

/** Sample places of one axis: the two neighbours and the share of the second in 256ths. */
interface Axis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Int32Array;
  /** The nearest sample of chroma. */
  readonly chroma: Int32Array;
  /** Each sample lies on one of the picture. */
  readonly even: boolean;
}

/** Colours of samples, in 256ths: ITU-R BT.601, limited range. Black is 16, and half a level rounds. */
const LUMA = 298;
const BASE = 128 - LUMA * 16;

/** Makes a network's input of pictures: scaled with their aspect kept, RGB, one plane after another. */
export class Letterbox {
  readonly width: number;
  readonly height: number;
  #size = '';
  #fit: InputFit = { width: 1, height: 1, left: 0, top: 0 };
  #across: Axis = axis(1, 1);
  #down: Axis = axis(1, 1);
  /** Bytes of red, then green, then blue, of the picture's part alone; the next picture overwrites them. */
  #bytes = new Uint8ClampedArray(3);
  #luma = new Uint8Array(0);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  /**
   * The picture's bytes and where they lie in the input, valid until the next call; `place` tells where in the picture
   * a box of the input is.
   */
  fill(picture: Picture420): {
    data: Uint8Array;
    fit: InputFit;
    place: (x0: number, y0: number, x1: number, y1: number) => Box;
  } {
    this.#aim(picture);
    const fit = this.#fit;
    const luma = this.#scaled(picture.y);
    color(picture, luma, { across: this.#across.chroma, down: this.#down.chroma }, this.#bytes);
    const { buffer, byteOffset, length } = this.#bytes;
    return {
      data: new Uint8Array(buffer, byteOffset, length),
      fit,
      place: (...box) => placed(fit, box),
    };
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
    this.#bytes = new Uint8ClampedArray(3 * fit.width * fit.height);
    this.#across = axis(width, fit.width);
    this.#down = axis(height, fit.height);
    this.#luma = new Uint8Array(this.#across.even && this.#down.even ? 0 : fit.width * fit.height);
  }

  /** The plane itself where nothing is to be scaled. */
  #scaled(luma: Plane): Plane {
    if (this.#across.even && this.#down.even) return luma;
    blend(luma, this.#across, this.#down, this.#luma);
    const { width, height } = this.#fit;
    return { data: this.#luma, stride: width, width, height };
  }
}

/** Between four samples each. */
function blend({ data, stride }: Plane, across: Axis, down: Axis, to: Uint8Array): void {
  const { first, second, share } = across;
  const width = first.length;
  for (let row = 0, at = 0; row < down.first.length; row++) {
    const above = down.first[row]! * stride;
    const below = down.second[row]! * stride;
    const part = down.share[row]!;
    for (let x = 0; x < width; x++, at++) {
      const a = first[x]!;
      const b = second[x]!;
      const s = share[x]!;
      const upper = data[above + a]! * (256 - s) + data[above + b]! * s;
      const lower = data[below + a]! * (256 - s) + data[below + b]! * s;
      to[at] = (upper * (256 - part) + lower * part) >> 16;
    }
  }
}

/** Red, green and blue; chroma is the nearest, because it has half the resolution already. */
function color(
  { u, v }: Picture420,
  { data, stride }: Plane,
  { across, down }: { across: Int32Array; down: Int32Array },
  to: Uint8ClampedArray,
): void {
  const [us, vs] = [u.data, v.data];
  const width = across.length;
  const plane = to.length / 3;
  for (let row = 0, at = 0; row < down.length; row++) {
    const from = row * stride;
    const fromU = down[row]! * u.stride;
    const fromV = down[row]! * v.stride;
    for (let x = 0; x < width; x++, at++) {
      const c = LUMA * data[from + x]! + BASE;
      const d = us[fromU + across[x]!]! - 128;
      const e = vs[fromV + across[x]!]! - 128;
      to[at] = (c + 409 * e) >> 8;
      to[at + plane] = (c - 100 * d - 208 * e) >> 8;
      to[at + 2 * plane] = (c + 516 * d) >> 8;
    }
  }
}

/** A box in the input's pixels as parts of the picture, cut at its edges. */
function placed(
  { left, top, width, height }: InputFit,
  [x0, y0, x1, y1]: [number, number, number, number],
): Box {
  const part = (value: number, from: number, of: number): number =>
    Math.min(1, Math.max(0, (value - from) / of));
  return {
    x0: part(x0, left, width),
    y0: part(y0, top, height),
    x1: part(x1, left, width),
    y1: part(y1, top, height),
  };
}

/** Where the samples of an axis of `to` lie in one of `from`. */
function axis(from: number, to: number): Axis {
  const made = { first: new Int32Array(to), second: new Int32Array(to), share: new Int32Array(to) };
  for (let i = 0; i < to; i++) {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    made.first[i] = Math.floor(place);
    made.second[i] = Math.min(from - 1, made.first[i]! + 1);
    made.share[i] = Math.round((place - made.first[i]!) * 256);
  }
  const last = Math.ceil(from / 2) - 1;
  return { ...made, chroma: made.first.map((at) => Math.min(last, at >> 1)), even: from === to };
}
