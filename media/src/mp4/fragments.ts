import { MalformedError } from '../bytes/index.ts';
import { type FragmentContext, type Run, readMoof } from './moof.ts';
import { PRFT_BYTES, type ProducerReferenceTime, readPrft } from './prft.ts';
import type { Mp4File } from './reader.ts';
import { type RandomAccess, type TopBox, topBox, Window, whole } from './window.ts';

/** One whole movie fragment: `moof` and `mdat`, `[offset, offset + size)` of the file. */
export interface Fragment {
  readonly offset: number;
  readonly size: number;
  readonly runs: readonly Run[];
  /** The `prft` right before it. */
  readonly referenceTime: ProducerReferenceTime | undefined;
}

const MAX_MOOF = 4 * 1024 * 1024;

/**
 * The whole fragments from byte `from` on, which must be where a top-level box begins. Ends quietly at the
 * index, at the end of the file, and where a torn write left less than a whole fragment or bytes that are none.
 * `ahead`: bytes read at a time.
 */
export async function* readFragments(
  port: RandomAccess,
  file: Mp4File,
  from = file.initEnd,
  ahead?: number,
): AsyncGenerator<Fragment, void, undefined> {
  const walk = new Walk(new Window(port, ahead), file);
  let offset = from;
  for (;;) {
    const box = await topBox(walk.window, offset);
    if (!box || box.type === 'mfra') return;
    const fragment = await walk.take(box);
    if (fragment === 'torn') return;
    if (fragment) yield fragment;
    offset += box.size;
  }
}

/** Puts the top-level boxes of one file together to fragments. */
class Walk {
  readonly window: Window;
  readonly #context: FragmentContext;
  #moofOffset = -1;
  #runs: readonly Run[] = [];
  #referenceTime: ProducerReferenceTime | undefined;

  constructor(window: Window, file: Mp4File) {
    this.window = window;
    this.#context = {
      defaults: new Map(file.tracks.map((track) => [track.id, track.defaults])),
      times: new Map(),
    };
  }

  async take(box: TopBox): Promise<Fragment | 'torn' | undefined> {
    try {
      if (box.type === 'mdat') return this.#close(box);
      if (box.type === 'moof') await this.#open(box);
      if (box.type === 'prft') this.#referenceTime = readPrft(await whole(this.window, box, PRFT_BYTES));
      return undefined;
    } catch (error) {
      if (error instanceof MalformedError) return 'torn';
      throw error;
    }
  }

  async #open(box: TopBox): Promise<void> {
    if (this.#moofOffset >= 0) throw new MalformedError('moof without mdat', this.#moofOffset);
    const bytes = await whole(this.window, box, MAX_MOOF);
    this.#runs = readMoof(bytes, box.headBytes, box.offset, this.#context);
    this.#moofOffset = box.offset;
  }

  /** The fragment that ends with this `mdat`; undefined for an `mdat` of no fragment. */
  #close(mdat: TopBox): Fragment | undefined {
    if (this.#moofOffset < 0) return undefined;
    const start = mdat.offset + mdat.headBytes;
    const end = mdat.offset + mdat.size;
    for (const run of this.#runs) checkInside(run, start, end);
    const fragment = {
      offset: this.#moofOffset,
      size: end - this.#moofOffset,
      runs: this.#runs,
      referenceTime: this.#referenceTime,
    };
    this.#moofOffset = -1;
    this.#referenceTime = undefined;
    return fragment;
  }
}

function checkInside(run: Run, start: number, end: number): void {
  for (const { offset, size } of run.samples) {
    if (offset < start || offset + size > end) throw new MalformedError('sample outside its mdat', offset);
  }
}
