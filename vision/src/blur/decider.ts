import type { PrivacyOptions } from '@nightjar/contract';
import { CELL, Grid } from './grid.ts';
import { Motion } from './motion.ts';
import type { Picture420 } from './planes.ts';
import { polygonGrid } from './polygons.ts';

/** What of each picture is to be covered. Whatever cannot be decided is the whole picture. */
export class Decider {
  readonly options: PrivacyOptions;
  #size = '';
  #polygons: Grid | undefined;
  #motion: Motion | undefined;

  constructor(options: PrivacyOptions) {
    this.options = options;
  }

  decide(picture: Picture420, seconds: number): Grid {
    const { width, height } = picture;
    const { cover, polygons, hold, padding } = this.options;
    this.#fit(width, height);
    const whole = cover.some((each) => each === 'full' || each === 'auto');
    const unfit = cover.includes('polygons') && polygons.length === 0;
    if (whole || unfit) return new Grid(width, height).fill();
    const grid = new Grid(width, height);
    if (this.#motion) {
      grid.add(this.#motion.see(picture.y, seconds, hold));
      grid.widen(Math.ceil((padding * height) / CELL));
    }
    if (this.#polygons) grid.add(this.#polygons);
    return grid;
  }

  /** What was learnt of pictures of another size says nothing. */
  #fit(width: number, height: number): void {
    const size = `${width}x${height}`;
    if (size === this.#size) return;
    const { cover, polygons } = this.options;
    this.#size = size;
    this.#motion = cover.includes('motion') ? new Motion(width, height) : undefined;
    this.#polygons = cover.includes('polygons') ? polygonGrid(width, height, polygons) : undefined;
  }
}
