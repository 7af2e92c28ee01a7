import { type Slab, SlabPool } from '@nightjar/media/stream';

/** A pool that knows which of its slabs somebody still holds. */
export class CountingPool extends SlabPool {
  readonly #held = new Set<Slab>();

  /** Slabs opened and not given back: 0 when everything was closed. */
  get held(): number {
    return this.#held.size;
  }

  get heldBytes(): number {
    return [...this.#held].reduce((sum, slab) => sum + slab.buffer.length, 0);
  }

  override open(bytes: number): Slab {
    const slab = super.open(bytes);
    this.#held.add(slab);
    return slab;
  }

  override take(slab: Slab): void {
    if (!this.#held.delete(slab)) throw new Error('a slab that was not handed out came back');
    super.take(slab);
  }
}
