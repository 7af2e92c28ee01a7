import type { InputFit } from '@nightjar/contract/vision';
import { type Picture420, type Plane, packedPicture, packedSize } from '../planes.ts';
import type { Box } from './box.ts';

/** Sample places of one axis: the two neighbours and the share of the second in 256ths. */
interface Axis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Int32Array;
}

/** Brings the samples of one plane into another. */
type Step = (from: Plane, to: Plane) => void;

/** Brings pictures into the part of a network's input that they fill, with their aspect kept. */
export class Letterbox {
  readonly width: number;
  readonly height: number;
  #size = '';
  #fit: InputFit = { width: 1, height: 1, left: 0, top: 0 };
  #luma: Step = copy;
  #chroma: Step = copy;
  /** Planes one behind another; the next picture overwrites them. */
  #bytes = new Uint8Array(3);
  #laid: Picture420 = packedPicture(this.#bytes, 1, 1);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  /**
   * The picture's planes and where they lie in the input, valid until the next call; `place` tells where in the picture
   * a box of the input is.
   */
  fill(picture: Picture420): {
    data: Uint8Array;
    fit: InputFit;
    place: (x0: number, y0: number, x1: number, y1: number) => Box;
  } {
    this.#aim(picture);
    const fit = this.#fit;
    const { y, u, v } = this.#laid;
    this.#luma(picture.y, y);
    this.#chroma(picture.u, u);
    this.#chroma(picture.v, v);
    return { data: this.#bytes, fit, place: (...box) => placed(fit, box) };
  }

  #aim(picture: Picture420): void {
    const { width, height, y, u } = picture;
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
    this.#bytes = new Uint8Array(packedSize(fit.width, fit.height));
    this.#laid = packedPicture(this.#bytes, fit.width, fit.height);
    this.#luma = stepOf(y, this.#laid.y);
    this.#chroma = stepOf(u, this.#laid.u);
  }
}

function stepOf(from: Plane, to: Plane): Step {
  if (from.width === to.width && from.height === to.height) return copy;
  const [across, down] = [axis(from.width, to.width), axis(from.height, to.height)];
  return (plane, into) => blend(plane, across, down, into.data);
}

function copy({ data, stride }: Plane, to: Plane): void {
  for (let row = 0; row < to.height; row++)
    to.data.set(data.subarray(row * stride, row * stride + to.width), row * to.stride);
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
  return made;
}
