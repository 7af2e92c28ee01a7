type Kind = 'video' | 'audio';

/** Milliseconds that a track is waited for: one that nothing speaks of, one that was announced, a picture. */
const WAIT = { unspoken: 1_000, announced: 3_000, picture: 4_000 };

/**
 * Which tracks a session has is nowhere said reliably: metadata is absent, null or incomplete, header flags are
 * wrong, sound is described after the first key frame, the first picture comes after seconds (quirk 59). So tracks
 * that may still come are waited for, a while.
 */
export class Expected {
  readonly #known = new Set<Kind>();
  readonly #announced = new Map<Kind, boolean>();
  #since: number;

  /** `now`: monotonic milliseconds, as everywhere here. */
  constructor(now: number) {
    this.#since = now;
  }

  /** Something says whether the session has a track of this kind. */
  announce(kind: Kind, there: boolean): void {
    this.#announced.set(kind, there);
  }

  /** A track's format is known. */
  known(kind: Kind, now: number): void {
    if (this.#known.size === 0) this.#since = now;
    this.#known.add(kind);
  }

  /** No other track is to be waited for. */
  complete(now: number): boolean {
    const waited = now - this.#since;
    if (this.#known.size === 0) return false;
    if (this.#known.size === 2) return true;
    if (!this.#known.has('video')) return waited >= WAIT.picture;
    const sound = this.#announced.get('audio');
    if (sound === false) return true;
    return waited >= (sound === true ? WAIT.announced : WAIT.unspoken);
  }
}
