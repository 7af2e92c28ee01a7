/** Who goes first: people known here, then those who have not failed of late, then the rest. */
export const LANES = ['known', 'fresh', 'suspect'] as const;
export type Lane = (typeof LANES)[number];

interface Waiting {
  run: () => Promise<void>;
  refuse: () => void;
}

/** Guesses that may wait in one lane; each costs 19 MiB and some 50 ms while it runs. */
const MAX_WAITING = 16;

/** Too many wait already. */
export class Crowded extends Error {}

/**
 * Works passwords out one at a time, so that a flood of guesses costs one core at most, and in the order of
 * lanes, so that it does not keep out who is likely to be right.
 */
export class Verification {
  readonly #lanes: Record<Lane, Waiting[]> = { known: [], fresh: [], suspect: [] };
  #running = false;

  /** What `work` answers when its turn has come. Throws `Crowded`. */
  do<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const waiting = this.#lanes[lane];
    // The oldest is given up: whoever sent it has waited longest and will hear to come again.
    if (waiting.length >= MAX_WAITING) waiting.shift()?.refuse();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    waiting.push({
      run: () => work().then(resolve, reject),
      refuse: () => reject(new Crowded('too many wait')),
    });
    if (!this.#running) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (;;) {
      const lane = LANES.find((each) => this.#lanes[each].length > 0);
      const next = lane && this.#lanes[lane].shift();
      if (!next) break;
      await next.run();
    }
    this.#running = false;
  }
}
