import type { Clock } from './clock.ts';

/** A clock for tests that moves when told, and runs what fell due in order. */
export class FakeClock implements Clock {
  #now = 0;
  #nextId = 0;
  readonly #tasks = new Map<number, { at: number; task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const id = this.#nextId++;
    this.#tasks.set(id, { at: this.#now + ms, task });
    return () => this.#tasks.delete(id);
  }

  /** Tasks that still wait. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Moves `ms` forward; promises settle between any two tasks. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#earliest(until); next !== undefined; next = this.#earliest(until)) {
      const { at, task } = this.#tasks.get(next)!;
      this.#tasks.delete(next);
      this.#now = at;
      task();
      await settle();
    }
    this.#now = until;
  }

  #earliest(until: number): number | undefined {
    let best: number | undefined;
    for (const [id, { at }] of this.#tasks) {
      if (at <= until && (best === undefined || at < this.#tasks.get(best)!.at)) best = id;
    }
    return best;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
