import type { InferenceDevice } from '@nightjar/contract';
import type { DetectorCounters } from '@nightjar/contract/vision';
import {
  type DetectClock,
  DetectorLife,
  NoAnswer,
  type Question,
  type StartDetector,
} from './detector-life.ts';

/** Pauses before the second and further starts after lives that were too short. */
const FIRST_PAUSE = 200;
const LAST_PAUSE = 5_000;
/** Milliseconds after which a life was long enough to start again at once. */
const LONG_LIFE = 5_000;
/** Milliseconds the process is kept after the last who wanted it. */
const LINGER = 5_000;

/** Asks one detector process, which runs while anybody wants it and is replaced when it died or hung. */
export class Detectors {
  readonly #start: StartDetector;
  readonly #clock: DetectClock;
  #life: DetectorLife | undefined;
  #born = 0;
  #pause = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #wanted = 0;
  #cancelLinger: (() => void) | undefined;

  constructor(start: StartDetector, clock: DetectClock) {
    this.#start = start;
    this.#clock = clock;
  }

  get counters(): DetectorCounters | undefined {
    return this.#life?.counters;
  }

  /** It is wanted until the returned function is called, which may be called again. */
  hold(): () => void {
    this.#wanted++;
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#wanted === 0) this.#cancelLinger = this.#clock.after(LINGER, () => this.#life?.end());
    };
  }

  /** Rejects with NoAnswer, at once while the process must not be started again yet. */
  ask(question: Question): Promise<Float32Array> {
    const now = this.#clock.monotonic();
    if (!this.#life && now < this.#notBefore)
      return Promise.reject(new NoAnswer('the detector process is started again soon'));
    const { device } = question.detector;
    // What it may open is settled when it begins.
    if (this.#life && this.#life.device !== device) this.#life.end();
    this.#life ??= this.#begin(now, device);
    return this.#life.ask(question);
  }

  close(): void {
    this.#cancelLinger?.();
    this.#life?.end();
  }

  #begin(now: number, device: InferenceDevice): DetectorLife {
    this.#born = now;
    return new DetectorLife(this.#start, this.#clock, device, () => this.#ended());
  }

  #ended(): void {
    const now = this.#clock.monotonic();
    this.#life = undefined;
    const long = now - this.#born >= LONG_LIFE;
    this.#pause = long ? 0 : Math.min(LAST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2));
    this.#notBefore = now + this.#pause;
  }
}
