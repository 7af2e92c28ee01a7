import type { Fact } from '@nightjar/contract/link';

/** Facts kept for a server that is away: about an hour of 100 cameras that flap and rotate. */
const MAX_WAITING = 50_000;

export interface NumberedFact {
  readonly seq: number;
  readonly fact: Fact;
}

/**
 * Facts on their way to the server, numbered from 1, kept until acknowledged. What a later fact replaces is
 * dropped, so that a long absence costs little: the newest state of a stream, the newest size of a segment.
 */
export class FactQueue {
  /** Facts given up because too many waited; the server's inventory makes good for segments. */
  overflowed = 0;
  readonly #waiting = new Map<number, Fact>();
  readonly #newest = new Map<string, number>();
  #seq = 0;

  push(fact: Fact): NumberedFact {
    const seq = ++this.#seq;
    const key = replaceKey(fact);
    if (key !== undefined) {
      const older = this.#newest.get(key);
      if (older !== undefined) this.#waiting.delete(older);
      this.#newest.set(key, seq);
    }
    this.#waiting.set(seq, fact);
    if (this.#waiting.size > MAX_WAITING) this.#drop();
    return { seq, fact };
  }

  /** Everything not yet acknowledged behind number `after`, oldest first. */
  *waiting(after = 0): Generator<NumberedFact> {
    for (const [seq, fact] of this.#waiting) if (seq > after) yield { seq, fact };
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** All facts up to and with `seq` are stored by the server. */
  acknowledge(seq: number): void {
    for (const [waiting, fact] of this.#waiting) {
      if (waiting > seq) return;
      this.#forget(waiting, fact);
    }
  }

  #forget(seq: number, fact: Fact): void {
    this.#waiting.delete(seq);
    const key = replaceKey(fact);
    if (key !== undefined && this.#newest.get(key) === seq) this.#newest.delete(key);
  }

  #drop(): void {
    const [oldest] = this.#waiting;
    if (!oldest) return;
    this.#forget(...oldest);
    this.overflowed++;
  }
}

/** Only sizes are replaced: a state that did not last is still news. */
function replaceKey(fact: Fact): string | undefined {
  return fact.kind === 'segment.grown' ? `${fact.stream_id}/${fact.filename}` : undefined;
}
