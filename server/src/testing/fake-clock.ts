import type { Clock } from '../kernel/index.ts';

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #utc: number;
  #monotonic = 0;
  #timers: { at: number; every: number | undefined; task: () => void }[] = [];

  constructor(utc = '2024-01-15T10:00:00.000Z') {
    this.#utc = Date.parse(utc);
  }

  utc(): number {
    return this.#utc;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, task: () => void): () => void {
    return this.#add(ms, undefined, task);
  }

  every(ms: number, task: () => void): () => void {
    return this.#add(ms, ms, task);
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#move(due.at - this.#monotonic);
      if (due.every === undefined) this.#timers = this.#timers.filter((timer) => timer !== due);
      else due.at += due.every;
      due.task();
    }
    this.#move(end - this.#monotonic);
  }

  /** The machine's time is set; no time passes. */
  step(ms: number): void {
    this.#utc += ms;
  }

  #move(ms: number): void {
    this.#monotonic += ms;
    this.#utc += ms;
  }

  #add(ms: number, every: number | undefined, task: () => void): () => void {
    const timer = { at: this.#monotonic + ms, every, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}
