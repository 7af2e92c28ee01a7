import type { PrivacyOptions } from '@nightjar/contract';
import type { Box } from '../detect/index.ts';
import type { Picture420 } from '../planes.ts';
import { CELL, Grid } from './grid.ts';
import { Motion } from './motion.ts';
import { polygonGrid } from './polygons.ts';
import { boxGrid } from './regions.ts';

/** What of each picture is to be covered. Whatever cannot be decided is the whole picture. */
export class Decider {
  readonly options: PrivacyOptions;
  /** Objects are covered; without a detector that knows one of the classes nobody knows where they are. */
  readonly #objects: 'none' | 'found' | 'unknown';
  #size = '';
  #polygons: Grid | undefined;
  #motion: Motion | undefined;

  /** `detects`: there is a detector that knows one of the classes. */
  constructor(options: PrivacyOptions, detects = false) {
    const { cover } = options;
    this.options = options;
    const wanted = cover.includes('objects') || cover.includes('auto');
    this.#objects = wanted ? (detects ? 'found' : 'unknown') : 'none';
  }

  /** A picture is decided on when it is known what is in it. */
  get waits(): boolean {
    return this.#objects === 'found' && !this.#whole;
  }

  /**
   * Pictures in the order in which they are shown. What it gives, with the cells of the objects added by `objects`
   * where it `waits`, is all that is covered.
   */
  decide(picture: Picture420, seconds: number): Grid {
    const { width, height } = picture;
    const { hold, padding } = this.options;
    this.#fit(width, height);
    if (this.#whole) return new Grid(width, height).fill();
    const grid = new Grid(width, height);
    if (this.#motion) {
      grid.add(this.#motion.see(picture.y, seconds, hold));
      grid.widen(Math.ceil((padding * height) / CELL));
    }
    if (this.#polygons) grid.add(this.#polygons);
    return grid;
  }

  /** Cells of the objects of a picture; all of them where it is not known what is in it. */
  objects({ width, height }: Picture420, regions: readonly Box[] | undefined): Grid {
    if (!regions) return new Grid(width, height).fill();
    return boxGrid(width, height, regions, this.options.padding);
  }

  get #whole(): boolean {
    const { cover, polygons } = this.options;
    const unfit = cover.includes('polygons') && polygons.length === 0;
    return cover.includes('full') || this.#objects === 'unknown' || unfit;
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
