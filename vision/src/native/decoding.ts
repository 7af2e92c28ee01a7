import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import type { Session, Tally } from '../backend.ts';
import { Decoder } from './decoder.ts';
import type { Av } from './library.ts';
import { Steps, type StepsOptions } from './steps.ts';

/** Units whose frames are not out yet; a decoder holds back at most 16. */
const REMEMBERED = 64;

export interface DecodingOptions extends StepsOptions {
  readonly format: VideoFormat;
  /** Given the picture of each unit that is to be shown, which it must not keep. */
  readonly show: (frame: Frame, unit: Unit) => Promise<void>;
}

/** The decoder of a session and the units on their way through it, in steps with whatever else the session does. */
export class Decoding implements Session {
  readonly #steps: Steps;
  readonly #show: DecodingOptions['show'];
  readonly #units = new Map<number, Unit>();
  #decoder: Decoder | undefined;
  #count = 0;

  constructor(av: Av, tally: Tally, { format, show, free, failed }: DecodingOptions) {
    this.#show = show;
    this.#steps = new Steps({
      failed,
      free: () => {
        free();
        this.#decoder?.free();
      },
    });
    this.step(async () => {
      this.#decoder = await Decoder.open(av, tally, format);
    });
  }

  get over(): boolean {
    return this.#steps.over;
  }

  step(step: () => Promise<void>): void {
    void this.#steps.add(step);
  }

  /** Settles when the unit is behind it. */
  push(unit: Unit): Promise<void> {
    return this.#steps.add(async () => {
      const key = ++this.#count;
      this.#units.set(key, unit);
      this.#units.delete(key - REMEMBERED);
      await this.#decoder?.decode(unit.data, key, (frame, number) => this.#decoded(frame, number));
    });
  }

  /** Idempotent; settles when everything is freed. */
  close(): Promise<void> {
    return this.#steps.close();
  }

  async #decoded(frame: Frame, number: number): Promise<void> {
    const unit = this.#units.get(number);
    this.#units.delete(number);
    if (unit?.show) await this.#show(frame, unit);
  }
}
