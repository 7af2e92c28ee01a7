/** What of a source buffer is used. */
export interface Buffer extends EventTarget {
  readonly updating: boolean;
  readonly buffered: TimeRanges;
  appendBuffer(data: ArrayBuffer): void;
  remove(start: number, end: number): void;
  changeType(mime: string): void;
}

/** Seconds kept behind the picture, and beyond which what is older is removed. */
const KEEP = 5;
const REMOVE_BEYOND = 15;
/** Bytes that may wait to be appended: a decoder that does not keep up is given up. */
const MAX_WAITING = 32 * 1024 * 1024;

/** Appends what comes to a source buffer in order, and removes what was shown long ago. */
export class LiveBuffer {
  readonly #buffer: Buffer;
  readonly #position: () => number;
  readonly #failed: () => void;
  readonly #appended: () => void;
  #waiting: (ArrayBuffer | string)[] = [];
  #bytes = 0;
  #closed = false;

  /** `position` is where the picture is; `appended` is called after each step, `failed` once at the end. */
  constructor(buffer: Buffer, options: { position: () => number; appended: () => void; failed: () => void }) {
    this.#buffer = buffer;
    this.#position = options.position;
    this.#failed = options.failed;
    this.#appended = options.appended;
    buffer.addEventListener('updateend', this.#step);
    buffer.addEventListener('error', this.#error);
  }

  /** Media to append. */
  append(data: ArrayBuffer): void {
    this.#bytes += data.byteLength;
    if (this.#bytes > MAX_WAITING) {
      this.#error();
      return;
    }
    this.#waiting.push(data);
    this.#next();
  }

  /** What is appended from here on is of this type. */
  change(mime: string): void {
    this.#waiting.push(mime);
    this.#next();
  }

  /** Seconds of the last range that is buffered: where the live edge is. */
  get end(): number | null {
    const { buffered } = this.#buffer;
    return buffered.length === 0 ? null : buffered.end(buffered.length - 1);
  }

  /** Where the range begins that ends at the live edge. */
  get start(): number | null {
    const { buffered } = this.#buffer;
    return buffered.length === 0 ? null : buffered.start(buffered.length - 1);
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#buffer.removeEventListener('updateend', this.#step);
    this.#buffer.removeEventListener('error', this.#error);
  }

  readonly #step = (): void => {
    if (this.#closed) return;
    this.#appended();
    this.#next();
  };

  readonly #error = (): void => {
    if (this.#closed) return;
    this.close();
    this.#failed();
  };

  #next(): void {
    if (this.#closed || this.#buffer.updating) return;
    try {
      if (this.#trim()) return;
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (typeof next === 'string') {
        this.#buffer.changeType(next);
        this.#next();
        return;
      }
      this.#bytes -= next.byteLength;
      this.#buffer.appendBuffer(next);
    } catch (error) {
      // The browser's memory is full, the type is not played after all, or the element is in error.
      if (error instanceof DOMException) this.#error();
      else throw error;
    }
  }

  /** Removes what is too old; true when a removal was begun. */
  #trim(): boolean {
    const { buffered } = this.#buffer;
    const position = this.#position();
    if (buffered.length === 0 || position - buffered.start(0) < REMOVE_BEYOND) return false;
    this.#buffer.remove(0, position - KEEP);
    return true;
  }
}
