import type { Frame } from '../stream/index.ts';
import type { Chunk } from './lane.ts';

/** Puts the packets of one track's frames together, so that a viewer is written to less often. */
export class Gathering {
  readonly #hold: number;
  readonly #give: (chunk: Chunk) => void;
  #held: Chunk[] = [];
  /** `dts` of the first that is held. */
  #from = 0;

  /** `hold`: media seconds in one chunk. */
  constructor(hold: number, give: (chunk: Chunk) => void) {
    this.#hold = hold;
    this.#give = give;
  }

  /** A key frame of a picture begins another chunk: who waits for one is given nothing before it. */
  add(chunk: Chunk, { track, key, dts }: Pick<Frame, 'track' | 'key' | 'dts'>): void {
    const starts = key && track.kind === 'video';
    if (starts || Math.abs(dts - this.#from) >= this.#hold * track.format.clockRate) this.flush();
    if (this.#held.length === 0) this.#from = dts;
    this.#held.push(chunk);
  }

  /** Gives what is held, however little it is. */
  flush(): void {
    const [first, ...more] = this.#held;
    if (!first) return;
    this.#held = [];
    if (more.length === 0) this.#give(first);
    else this.#give({ ...first, chunk: Buffer.concat([first, ...more].map(({ chunk }) => chunk)) });
  }
}
