/** Of a row, how far on the next round begins: small enough that nobody's place jumps but once in so many rounds. */
const ROUNDS = 16;

/**
 * Members that are served in rounds, each of which begins a little further on in the row: whoever came last waits
 * for all the others once in a while, and not every time.
 */
export class InTurn<T> implements Iterable<T> {
  readonly #members = new Set<T>();
  /** The members in the order in which they came; another array whenever one comes or goes. */
  #row: readonly T[] = [];
  #first = 0;

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  add(member: T): void {
    this.#members.add(member);
    this.#row = [...this.#members];
  }

  /** False when it is no member. */
  delete(member: T): boolean {
    if (!this.#members.delete(member)) return false;
    this.#row = [...this.#members];
    return true;
  }

  clear(): void {
    this.#members.clear();
    this.#row = [];
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<T> {
    return this.#row[Symbol.iterator]();
  }

  /** Serves everybody once who is a member when its turn comes; who comes meanwhile waits for the next round. */
  serve(one: (member: T) => void): void {
    const row = this.#row;
    if (row.length === 0) return;
    this.#first = (this.#first + Math.ceil(row.length / ROUNDS)) % row.length;
    for (let i = 0; i < row.length; i++) {
      const member = row[(this.#first + i) % row.length]!;
      if (row === this.#row || this.#members.has(member)) one(member);
    }
  }
}
