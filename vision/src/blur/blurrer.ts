import type { Detector, PrivacyOptions } from '@nightjar/contract';
import { type Box, type DetectClock, type Detectors, Looker } from '../detect/index.ts';
import type { Picture420 } from '../planes.ts';
import { Decider } from './decider.ts';
import { Gate } from './gate.ts';
import type { Grid } from './grid.ts';
import { Painter } from './paint.ts';

/** What is less sure than the threshold by this factor still carries on what was sure. */
const UNSURE = 0.4;

/** How objects are found. */
export interface Sight {
  readonly detector: Detector;
  readonly detectors: Pick<Detectors, 'ask' | 'hold'>;
  readonly clock: DetectClock;
}

/** How a stream's pictures are to be covered. */
export interface Cover {
  readonly options: PrivacyOptions;
  /** Without it nobody knows where objects are: everything is covered where they are to be. */
  readonly sight?: Sight | undefined;
}

export interface BlurrerOptions<T> extends Cover {
  /** The samples of a held picture, writable. */
  readonly samples: (held: T) => Picture420;
  /** The picture was covered, and may be shown. In the order in which they came. */
  readonly covered: (held: T) => void;
  /** The picture could not be covered, and must not be shown. */
  readonly failed: (held: T, error: unknown) => void;
}

interface Held<T> {
  readonly picture: T;
  /** What is covered of it whatever is in it. */
  readonly grid: Grid;
}

/** Covers the pictures of one stream in place, at once or when it is known what is in them. */
export class Blurrer<T> {
  readonly options: PrivacyOptions;
  readonly #about: BlurrerOptions<T>;
  readonly #decider: Decider;
  readonly #painter = new Painter();
  readonly #looker: Looker | undefined;
  readonly #gate: Gate<Held<T>> | undefined;

  constructor(about: BlurrerOptions<T>) {
    const { options, sight } = about;
    this.#about = about;
    this.options = options;
    const looker = sight && lookerOf(options, sight);
    this.#decider = new Decider(options, looker?.able);
    if (!this.#decider.waits || !looker || !sight) {
      looker?.close();
      return;
    }
    this.#looker = looker;
    this.#gate = new Gate({
      clock: sight.clock,
      threshold: options.threshold,
      hold: options.hold,
      fps: options.detect_fps,
      look: ({ picture }) => looker.look(about.samples(picture)),
      release: ({ picture, grid }, regions) => this.#cover(picture, grid, { regions }),
    });
  }

  /** Pictures are kept until it is known what is in them. */
  get waits(): boolean {
    return this.#gate !== undefined;
  }

  /** `seconds`: when it is shown, on the media clock. It is `covered` or `failed` once, now or later. */
  take(picture: T, seconds: number): void {
    const grid = this.#decider.decide(this.#about.samples(picture), seconds);
    if (this.#gate) this.#gate.offer({ picture, grid }, seconds);
    else this.#cover(picture, grid);
  }

  /** What is still kept goes out covered whole. Idempotent. */
  close(): void {
    this.#gate?.close();
    this.#looker?.close();
  }

  #cover(held: T, grid: Grid, objects?: { regions: readonly Box[] | undefined }): void {
    try {
      const samples = this.#about.samples(held);
      if (objects) grid.add(this.#decider.objects(samples, objects.regions));
      this.#painter.paint(samples, grid, this.options);
    } catch (error) {
      this.#about.failed(held, error);
      return;
    }
    this.#about.covered(held);
  }
}

const lookerOf = ({ classes, threshold }: PrivacyOptions, { detector, detectors }: Sight): Looker =>
  new Looker(detectors, { detector, classes, least: threshold * UNSURE });
