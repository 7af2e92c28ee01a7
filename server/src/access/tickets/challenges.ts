import type { Clock } from '../../kernel/index.ts';
import { newSecret, tokenHash } from '../secrets.ts';

/** Seconds in which something begun must be ended. */
export const CHALLENGE_SECONDS = 300;
/** Held at once; past it the oldest goes. */
const MAX_HELD = 10_000;
const MAX_TRIES = 5;

/** Things begun that only their beginner can end, kept in memory; a restart voids them. */
export class Challenges<T> {
  readonly #clock: Clock;
  readonly #held = new Map<string, { value: T; until: number; tries: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(value: T): string {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#held) {
      if (until > now && this.#held.size < MAX_HELD) break;
      this.#held.delete(key);
    }
    const challenge = newSecret('nc');
    this.#held.set(tokenHash(challenge), { value, until: now + CHALLENGE_SECONDS * 1000, tries: 0 });
    return challenge;
  }

  /** What was begun, at most five times; undefined when it is unknown, ended or too old. */
  look(challenge: string): T | undefined {
    const key = tokenHash(challenge);
    const held = this.#held.get(key);
    if (!held || held.until <= this.#clock.monotonic() || ++held.tries > MAX_TRIES) {
      this.#held.delete(key);
      return undefined;
    }
    return held.value;
  }

  end(challenge: string): void {
    this.#held.delete(tokenHash(challenge));
  }
}
