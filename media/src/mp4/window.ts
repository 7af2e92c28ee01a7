import { MalformedError } from '../bytes/index.ts';
import { type BoxHead, MAX_HEAD_BYTES, readBoxHead } from './box.ts';

/** Random access to bytes: a file, or a buffer in tests. */
export interface RandomAccess {
  /** Bytes there are. */
  readonly size: number;
  /**
   * The bytes `[offset, offset + length)`; fewer when the file ends before. `into` may be used for them: what it held
   * is not needed any more.
   */
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>;
}

const WINDOW_BYTES = 256 * 1024;

/** Reads ahead in windows, so that a walk over thousands of small boxes costs few reads. */
export class Window {
  readonly size: number;
  readonly #port: RandomAccess;
  readonly #ahead: number;
  #memory: Buffer = Buffer.alloc(0);
  #buffer: Buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(port: RandomAccess, ahead = WINDOW_BYTES) {
    this.#port = port;
    this.size = port.size;
    this.#ahead = ahead;
  }

  /** The bytes `[offset, offset + length)` when they have been read; valid until the next `load`. */
  peek(offset: number, length: number): Buffer | undefined {
    const at = offset - this.#offset;
    if (at < 0 || at + length > this.#buffer.length) return undefined;
    return this.#buffer.subarray(at, at + length);
  }

  /** Reads them, and ahead; shorter than `length` only at the end of the file. */
  async load(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(Math.max(length, this.#ahead), this.size - offset);
    if (this.#memory.length < wanted) this.#memory = Buffer.allocUnsafeSlow(wanted);
    this.#buffer = wanted > 0 ? await this.#port.read(offset, wanted, this.#memory) : Buffer.alloc(0);
    this.#offset = offset;
    return this.#buffer.subarray(0, length);
  }
}

/** A box of the file itself. */
export interface TopBox extends BoxHead {
  readonly offset: number;
}

/** The head of the box at `offset`, when all of the box is there. */
export async function topBox(window: Window, offset: number): Promise<TopBox | undefined> {
  const bytes = window.peek(offset, MAX_HEAD_BYTES) ?? (await window.load(offset, MAX_HEAD_BYTES));
  const head = readBoxHead(bytes, 0);
  // A box that reaches to the end of the file by declaration is one whose writer did not finish.
  if (!head || head.size === 0 || offset + head.size > window.size) return undefined;
  return { ...head, offset };
}

/** The bytes of `box`. Throws MalformedError above `limit`. */
export async function whole(window: Window, box: TopBox, limit: number): Promise<Buffer> {
  if (box.size > limit) throw new MalformedError(`${box.type} of ${box.size} bytes`, box.offset);
  const bytes = window.peek(box.offset, box.size) ?? (await window.load(box.offset, box.size));
  if (bytes.length < box.size) throw new MalformedError('file ends too early', box.offset + bytes.length);
  return bytes;
}
