import type { PrivacyOptions } from '@nightjar/contract';
import { Decider } from './decider.ts';
import { Painter } from './paint.ts';
import type { Picture420 } from './planes.ts';

/** Covers the pictures of one stream in place. A picture that it throws on must not be shown. */
export class Blurrer {
  readonly #decider: Decider;
  readonly #painter = new Painter();

  constructor(options: PrivacyOptions) {
    this.#decider = new Decider(options);
  }

  get options(): PrivacyOptions {
    return this.#decider.options;
  }

  /** `seconds`: when it is shown, on the media clock. */
  cover(picture: Picture420, seconds: number): void {
    this.#painter.paint(picture, this.#decider.decide(picture, seconds), this.#decider.options);
  }
}
