/** Milliseconds after which a strike is forgotten, and for which a breaker stays open. */
const FORGET = 60_000;
const OPEN = 30_000;
const ALONE = 2;
const BREAK = 4;

/** What is known against one stream: how often the process died while it handled that stream's bytes. */
export class Breaker {
  #strikes: number[] = [];
  #openUntil = Number.NEGATIVE_INFINITY;

  strike(now: number): void {
    this.#strikes = [...this.#recent(now), now];
    if (this.#strikes.length < BREAK) return;
    this.#strikes = [];
    this.#openUntil = now + OPEN;
  }

  /** It must not share a process with others. */
  alone(now: number): boolean {
    return this.#recent(now).length >= ALONE;
  }

  /** Nothing of it is decoded for a while. */
  open(now: number): boolean {
    return now < this.#openUntil;
  }

  /** Nothing is held against it any more. */
  clean(now: number): boolean {
    return !this.open(now) && this.#recent(now).length === 0;
  }

  #recent(now: number): number[] {
    return this.#strikes.filter((at) => now - at < FORGET);
  }
}
