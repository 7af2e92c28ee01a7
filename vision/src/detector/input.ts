import type { InputFit } from '@nightjar/contract/vision';
import { type Picture420, packedPicture, packedSize } from '../planes.ts';

/** A picture's part of the input: its Y, U and V planes one behind another. */
export interface Laid {
  readonly data: Uint8Array;
  readonly fit: InputFit;
}

/** Colours of samples, in 256ths of a level: ITU-R BT.601, limited range. Black is 16, and half a level rounds. */
const LUMA = 298;
const BASE = 128 - LUMA * 16;
/** Levels come out between these; less than 0 is none, more than 255 full. */
const [LEAST, MOST] = [-288, 544];
const PARTS = Float32Array.from({ length: MOST - LEAST }, (_, i) => part(i + LEAST));
/** The grey around a picture that has not the network's shape, as its training had it. */
const GREY = part(114);

function part(level: number): number {
  return Math.min(255, Math.max(0, level)) / 255;
}

/** What a network is given: places for some pictures side by side, red, green and blue in numbers from 0 to 1. */
export class Input {
  readonly numbers: Float32Array;
  readonly #width: number;
  readonly #height: number;
  /** How the picture lay that was in each place before. */
  readonly #before: (InputFit | undefined)[] = [];

  constructor(width: number, height: number, places: number) {
    this.#width = width;
    this.#height = height;
    this.numbers = new Float32Array(places * this.size);
  }

  /** Numbers of one picture. */
  get size(): number {
    return 3 * this.#width * this.#height;
  }

  /** Puts a picture into a place; false: it does not fit. */
  lay({ data, fit }: Laid, place: number): boolean {
    const { left, top, width, height } = fit;
    if (!this.#fits(fit) || data.length !== packedSize(width, height)) return false;
    const start = place * this.size;
    const before = this.#before[place];
    const moved = !before || same.some((side) => before[side] !== fit[side]);
    if (moved) this.numbers.fill(GREY, start, start + this.size);
    this.#before[place] = fit;
    const plane = this.#width * this.#height;
    const picture = packedPicture(data, width, height);
    for (let row = 0; row < height; row++)
      color(picture, row, this.numbers, { at: start + (top + row) * this.#width + left, plane });
    return true;
  }

  #fits({ left, top, width, height }: InputFit): boolean {
    const whole = [left, top, width, height].every((side) => Number.isInteger(side) && side >= 0);
    return whole && left + width <= this.#width && top + height <= this.#height;
  }
}

/** One row in red, green and blue, which lie `plane` numbers apart; two pixels beside each other share their chroma. */
function color(
  { y, u, v, width }: Picture420,
  row: number,
  to: Float32Array,
  { at, plane }: { at: number; plane: number },
): void {
  const [ys, us, vs] = [y.data, u.data, v.data];
  const from = row * y.stride;
  const chroma = (row >> 1) * u.stride;
  for (let x = 0; x < width; x++, at++) {
    const c = LUMA * ys[from + x]! + BASE;
    const d = us[chroma + (x >> 1)]! - 128;
    const e = vs[chroma + (x >> 1)]! - 128;
    to[at] = PARTS[((c + 409 * e) >> 8) - LEAST]!;
    to[at + plane] = PARTS[((c - 100 * d - 208 * e) >> 8) - LEAST]!;
    to[at + 2 * plane] = PARTS[((c + 516 * d) >> 8) - LEAST]!;
  }
}

const same = ['left', 'top', 'width', 'height'] as const;
