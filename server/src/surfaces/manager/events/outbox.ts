/** What an outbox writes to; a WebSocket is one. */
export interface Wire {
  /** Bytes that wait for the peer. */
  readonly bufferedAmount: number;
  /** `sent` is called when the text has left this program. */
  send(text: string, sent: () => void): void;
}

/** Above it figures wait, and only the newest of each stream is kept. */
const COALESCE_BYTES = 64 * 1024;
/** Above it the peer is given up: it does not read. */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024;

/** What goes to one socket, bounded however slow its peer is. */
export class Outbox {
  readonly #wire: Wire;
  readonly #tooSlow: () => void;
  readonly #figures = new Map<string, string>();
  #over = false;

  constructor(options: { wire: Wire; tooSlow: () => void }) {
    this.#wire = options.wire;
    this.#tooSlow = options.tooSlow;
  }

  send(text: string): void {
    if (this.#over) return;
    if (this.#wire.bufferedAmount > MAX_WAITING_BYTES) {
      this.close();
      this.#tooSlow();
    } else this.#wire.send(text, () => this.#drained());
  }

  /** Figures of one kind of a stream: newer ones replace those that still wait. */
  sendFigures(whose: string, text: string): void {
    if (this.#over) return;
    if (this.#wire.bufferedAmount > COALESCE_BYTES) this.#figures.set(whose, text);
    else this.send(text);
  }

  /** Nothing leaves after it. */
  close(): void {
    this.#over = true;
    this.#figures.clear();
  }

  #drained(): void {
    if (this.#over || this.#figures.size === 0 || this.#wire.bufferedAmount > COALESCE_BYTES) return;
    const waiting = [...this.#figures.values()];
    this.#figures.clear();
    for (const text of waiting) this.send(text);
  }
}
