import type { Clock } from '../../stream/index.ts';

/** Milliseconds that a packet may be late before it is asked for, and from one asking to the next. */
const REORDERING = 10;
const AGAIN = 60;
/** A larger hole is not asked for: that much is not coming any more. */
const MAX_HOLE = 128;
const MAX_MISSING = 256;

interface Wanted {
  /** Monotonic milliseconds when it is to be asked for next. */
  due: number;
  /** From when on it is of no use. */
  readonly until: number;
}

export interface MissingOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  /** Milliseconds that a missing packet is wanted for. */
  readonly patience: number;
  /** Asks for packets, in order (RFC 4585 6.2.1). */
  readonly ask: (sequences: readonly number[]) => void;
}

/** Knows which packets of a source are missing and asks for them until they come or are of no use. */
export class Missing {
  readonly #options: MissingOptions;
  readonly #wanted = new Map<number, Wanted>();
  #highest = -1;
  #cancel: (() => void) | undefined;

  constructor(options: MissingOptions) {
    this.#options = options;
  }

  /** A packet came; true when it was missing. */
  came(sequence: number): boolean {
    if (this.#wanted.delete(sequence)) return true;
    const ahead = (sequence - this.#highest) & 0xffff;
    if (this.#highest >= 0 && ahead >= 0x8000) return false;
    if (this.#highest >= 0 && ahead > 1) this.#want(ahead - 1);
    this.#highest = sequence;
    return false;
  }

  /** Another source, or nothing more. */
  clear(): void {
    this.#wanted.clear();
    this.#highest = -1;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #want(count: number): void {
    if (count > MAX_HOLE || this.#wanted.size + count > MAX_MISSING) {
      this.#wanted.clear();
      return;
    }
    const { clock, patience } = this.#options;
    const now = clock.monotonic();
    for (let step = 1; step <= count; step++) {
      const sequence = (this.#highest + step) & 0xffff;
      this.#wanted.set(sequence, { due: now + REORDERING, until: now + patience });
    }
    this.#cancel ??= clock.after(REORDERING, () => this.#tick());
  }

  #tick(): void {
    const { clock, ask } = this.#options;
    const now = clock.monotonic();
    this.#cancel = undefined;
    const due: number[] = [];
    for (const [sequence, wanted] of this.#wanted) {
      if (now >= wanted.until) this.#wanted.delete(sequence);
      else if (now >= wanted.due) {
        wanted.due = now + AGAIN;
        due.push(sequence);
      }
    }
    if (due.length > 0) ask(due);
    if (this.#wanted.size > 0) this.#cancel = clock.after(REORDERING, () => this.#tick());
  }
}
