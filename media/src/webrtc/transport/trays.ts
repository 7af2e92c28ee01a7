/** Bytes of a tray: packets that are sealed at once, each with its length in front. */
export const TRAY_BYTES = 42 * 1024;
/** Empty trays kept; so many are out in one turn of the loop. */
const KEPT = 32;

/**
 * Memory in which packets lie until the system has taken them, used again and again: with hundreds of peers it would
 * else be garbage of tens of megabytes a second.
 */
class Trays {
  readonly #empty: Buffer[] = [];

  /** One of TRAY_BYTES. */
  take(): Buffer {
    return this.#empty.pop() ?? Buffer.allocUnsafeSlow(TRAY_BYTES);
  }

  /** Gives one back that nobody reads any more. */
  give(tray: Buffer): void {
    if (this.#empty.length < KEPT) this.#empty.push(tray);
  }
}

/** The thread's. */
export const trays = new Trays();
