import { MalformedError } from '../bytes/index.ts';
import { TAG, TAG_HEADER, TAG_TRAILER, type TagSink, tagTimestamp } from './tag.ts';

const FILE_HEADER = 9;
/** A header that claims to be longer is none. */
const MAX_FILE_HEADER = 64;
const KNOWN: ReadonlySet<number> = new Set(Object.values(TAG));
/** Bits of the type byte: reserved and filter (E.4.1). */
const TYPE_BITS = 0x1f;
const FIRST_CARRY = 4096;
/** The carry of a tag above this is not kept for the next. */
const LARGE = 2 * 1024 * 1024;

/**
 * Cuts a byte stream into FLV tags. What lies whole in one read is handed on where it lies; a tag that straddles
 * reads is put together in a buffer that grows as bytes arrive, never for a declared length (of 16 MiB at most).
 */
export class FlvReader {
  readonly #sink: TagSink;
  #carry = Buffer.allocUnsafe(FIRST_CARRY);
  #kept = 0;
  #headed = false;
  #bytes = 0;

  constructor(sink: TagSink) {
    this.#sink = sink;
  }

  /** Takes `[start, end)`. Throws MalformedError, whose offset is about where in the stream. */
  read(b: Buffer, start = 0, end = b.length): void {
    let at = start;
    while (this.#kept > 0 && at < end) at = this.#complete(b, at, end);
    while (at < end) {
      const size = this.#sizeOf(b, at, end);
      if (size === 0 || at + size > end) {
        this.#keep(b, at, end);
        break;
      }
      this.#take(b, at, size);
      at += size;
    }
    this.#bytes += end - start;
  }

  /** Adds to the carry what its piece lacks. Returns where the rest begins. */
  #complete(b: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const size = this.#sizeOf(this.#carry, 0, this.#kept);
      const missing = size === 0 ? 1 : size - this.#kept;
      const take = Math.min(missing, end - at);
      this.#keep(b, at, at + take);
      at += take;
      if (size > 0 && this.#kept === size) {
        this.#kept = 0;
        this.#take(this.#carry, 0, size);
        if (size > LARGE) this.#carry = Buffer.allocUnsafe(FIRST_CARRY);
        return at;
      }
    }
    return at;
  }

  #keep(b: Buffer, start: number, end: number): void {
    const needed = this.#kept + end - start;
    if (needed > this.#carry.length) {
      const bigger = Buffer.allocUnsafe(Math.max(needed, this.#carry.length * 2));
      this.#carry.copy(bigger, 0, 0, this.#kept);
      this.#carry = bigger;
    }
    b.copy(this.#carry, this.#kept, start, end);
    this.#kept = needed;
  }

  /** Bytes of the piece at `at`: the file's header with its trailer, or a tag with its own; 0 while unknown. */
  #sizeOf(b: Buffer, at: number, end: number): number {
    if (this.#headed) {
      if (end - at < TAG_HEADER) return 0;
      const length = b.readUIntBE(at + 1, 3);
      if (!KNOWN.has(b[at]! & TYPE_BITS)) this.#fail(`no FLV tag has type ${b[at]! & TYPE_BITS}`, at);
      return TAG_HEADER + length + TAG_TRAILER;
    }
    if (end - at < FILE_HEADER) return 0;
    if (b.toString('latin1', at, at + 3) !== 'FLV') this.#fail('not an FLV stream', at);
    const length = b.readUInt32BE(at + 5);
    if (length < FILE_HEADER || length > MAX_FILE_HEADER) this.#fail(`FLV header of ${length} bytes`, at);
    return length + TAG_TRAILER;
  }

  #take(b: Buffer, at: number, size: number): void {
    if (!this.#headed) {
      this.#headed = true;
      return;
    }
    const start = at + TAG_HEADER;
    this.#sink.tag(b[at]! & TYPE_BITS, tagTimestamp(b, at), b, start, at + size - TAG_TRAILER);
  }

  #fail(what: string, at: number): never {
    throw new MalformedError(what, this.#bytes + at);
  }
}
