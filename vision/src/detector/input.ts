import type { InputFit } from '@nightjar/contract/vision';

/** Bytes of a picture's part of the input: red, green and blue planes. */
export interface Laid {
  readonly data: Uint8Array;
  readonly fit: InputFit;
}

const PARTS = Float32Array.from({ length: 256 }, (_, level) => level / 255);
/** The grey around a picture that has not the network's shape, as its training had it. */
const GREY = PARTS[114]!;

/** What a network is given: places for some pictures side by side, in numbers from 0 to 1. */
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
    if (!this.#fits(fit) || data.length !== 3 * fit.width * fit.height) return false;
    const start = place * this.size;
    const before = this.#before[place];
    const moved = !before || same.some((side) => before[side] !== fit[side]);
    if (moved) this.numbers.fill(GREY, start, start + this.size);
    this.#before[place] = fit;
    const plane = this.#width * this.#height;
    for (let color = 0; color < 3; color++) {
      const corner = start + color * plane + fit.top * this.#width + fit.left;
      this.#plane(data.subarray(color * fit.width * fit.height), fit, corner);
    }
    return true;
  }

  #fits({ left, top, width, height }: InputFit): boolean {
    const whole = [left, top, width, height].every((side) => Number.isInteger(side) && side >= 0);
    return whole && left + width <= this.#width && top + height <= this.#height;
  }

  #plane(data: Uint8Array, { width, height }: InputFit, corner: number): void {
    const numbers = this.numbers;
    for (let row = 0, from = 0; row < height; row++) {
      let to = corner + row * this.#width;
      for (const end = from + width; from < end; from++, to++) numbers[to] = PARTS[data[from]!]!;
    }
  }
}

const same = ['left', 'top', 'width', 'height'] as const;
