/** Smallest slab; larger ones come in four sizes per doubling, so that a freed one fits the next demand. */
const SMALLEST = 16 * 1024;

/**
 * A pooled, reference-counted buffer that holds about a second of one track: frames with their fragment
 * heads, contiguous, so that a message, a live part and a recorded part are byte ranges of it.
 */
export class Slab {
  readonly buffer: Buffer;
  /** Bytes written so far. */
  used = 0;
  #refs = 1;
  readonly #pool: SlabPool;

  constructor(size: number, pool: SlabPool) {
    this.buffer = Buffer.allocUnsafeSlow(size);
    this.#pool = pool;
  }

  retain(): void {
    this.#refs++;
  }

  /** Gives one reference back; the last one returns the memory to the pool. */
  release(): void {
    if (--this.#refs === 0) this.#pool.take(this);
    if (this.#refs < 0) throw new Error('slab released more often than retained');
  }

  /** Pool only: makes a pooled slab ready for its next owner. */
  reopen(): void {
    this.used = 0;
    this.#refs = 1;
  }
}

/** Hands out slabs of few sizes and keeps a bounded number of idle bytes for reuse. */
export class SlabPool {
  readonly #idle = new Map<number, Slab[]>();
  readonly #maxIdleBytes: number;
  #idleBytes = 0;

  constructor(maxIdleBytes = 24 * 1024 * 1024) {
    this.#maxIdleBytes = maxIdleBytes;
  }

  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A slab of at least `bytes`, with one reference held by the caller. */
  open(bytes: number): Slab {
    const size = slabSize(bytes);
    const slab = this.#idle.get(size)?.pop();
    if (!slab) return new Slab(size, this);
    this.#idleBytes -= size;
    slab.reopen();
    return slab;
  }

  /** Slab only: its last reference is gone. */
  take(slab: Slab): void {
    const size = slab.buffer.length;
    if (this.#idleBytes + size > this.#maxIdleBytes) return;
    this.#idleBytes += size;
    const list = this.#idle.get(size);
    if (list) list.push(slab);
    else this.#idle.set(size, [slab]);
  }
}

/** The smallest size in 1, 1.25, 1.5, 1.75 times a power of two that holds `bytes`. */
function slabSize(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4;
  return Math.ceil(bytes / step) * step;
}
