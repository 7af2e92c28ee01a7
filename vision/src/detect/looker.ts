import type { Detector } from '@nightjar/contract';
import type { Picture420 } from '../planes.ts';
import type { Found } from './box.ts';
import type { Detectors } from './detectors.ts';
import { Letterbox } from './letterbox.ts';

export interface LookerOptions {
  readonly detector: Detector;
  /** Names of the classes that count; those that the network does not know are none. */
  readonly classes: readonly string[];
  /** What is less sure does not count, 0 to 1. */
  readonly least: number;
}

/** Looks at pictures of one stream through one network. */
export class Looker {
  /** It knows at least one of the classes. */
  readonly able: boolean;
  readonly #detectors: Pick<Detectors, 'ask' | 'hold'>;
  readonly #options: LookerOptions;
  readonly #letterbox: Letterbox;
  readonly #kinds: readonly number[];
  readonly #release: () => void;

  constructor(detectors: Pick<Detectors, 'ask' | 'hold'>, options: LookerOptions) {
    const { detector, classes } = options;
    this.#detectors = detectors;
    this.#options = options;
    this.#letterbox = new Letterbox(detector.width, detector.height);
    this.#kinds = detector.classes.flatMap((name, i) => (classes.includes(name) ? [i] : []));
    this.able = this.#kinds.length > 0;
    this.#release = detectors.hold();
  }

  /** What is in a picture, which may be written over once the call has returned. Rejects with NoAnswer. */
  async look(picture: Picture420): Promise<Found[]> {
    const { detector, least } = this.#options;
    const { data, fit, place } = this.#letterbox.fill(picture);
    const boxes = await this.#detectors.ask({ detector, kinds: this.#kinds, least, data, fit });
    return Array.from({ length: boxes.length / 6 }, (_, i) => {
      const value = (which: number): number => boxes[i * 6 + which]!;
      return { kind: value(5), score: value(4), box: place(value(0), value(1), value(2), value(3)) };
    });
  }

  /** The name of a class. */
  nameOf(kind: number): string {
    return this.#options.detector.classes[kind] ?? String(kind);
  }

  /** Idempotent. */
  close(): void {
    this.#release();
  }
}
