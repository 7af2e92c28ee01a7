/** Sizes are powers of two from here on, so that whatever is given back fits the next demand. */
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

/** Slabs given back after which the pool lets go of what it did not need meanwhile. */
const WINDOW = 4096;

/**
 * Hands out slabs and keeps those given back. What was never needed within a window of use is let go, so that
 * a steady load allocates nothing: each allocation of this size brings the garbage collector nearer, which
 * otherwise costs more than all our own code (measured: 30 % of the process at 30 cameras).
 */
export class SlabPool {
  readonly #idle = new Map<number, Slab[]>();
  #idleBytes = 0;
  #leastIdle = 0;
  #given = 0;

  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A slab of at least `bytes`, with one reference held by the caller. */
  open(bytes: number): Slab {
    const size = slabSize(bytes);
    const slab = this.#idle.get(size)?.pop();
    if (!slab) return new Slab(size, this);
    this.#idleBytes -= size;
    this.#leastIdle = Math.min(this.#leastIdle, this.#idleBytes);
    slab.reopen();
    return slab;
  }

  /** Slab only: its last reference is gone. */
  take(slab: Slab): void {
    const size = slab.buffer.length;
    this.#idleBytes += size;
    const list = this.#idle.get(size);
    if (list) list.push(slab);
    else this.#idle.set(size, [slab]);
    if (++this.#given < WINDOW) return;
    this.trim(this.#leastIdle / 2);
    this.#given = 0;
    this.#leastIdle = this.#idleBytes;
  }

  /** Lets go of about `bytes` of idle memory, the largest slabs first. */
  trim(bytes: number): void {
    let left = bytes;
    for (const [size, slabs] of [...this.#idle].sort(([a], [b]) => b - a)) {
      const count = Math.min(slabs.length, Math.floor(left / size));
      slabs.splice(0, count);
      this.#idleBytes -= count * size;
      left -= count * size;
    }
  }
}

function slabSize(bytes: number): number {
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
}
