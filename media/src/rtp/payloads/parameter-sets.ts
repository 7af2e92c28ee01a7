import type { VideoFormat } from '../../codecs/index.ts';

/** A format made of parameter sets that also travel in band. */
export interface SetFormat extends VideoFormat {
  readonly parameterSets: readonly Buffer[];
  /** Frames the decoder must hold back to reorder; undefined promises nothing. */
  readonly maxReorderFrames: number | undefined;
}

/** A parameter set of more bytes is none. */
const MAX_SET = 4096;
const MAX_SETS = 32;

/** The parameter sets of one track: those in force, and those that came in band and are not yet. */
export class ParameterSets<F extends SetFormat> {
  readonly #readable: (set: Buffer) => boolean;
  readonly #merge: (current: F | undefined, fresh: readonly Buffer[]) => F | undefined;
  #format: F | undefined;
  /** Sets that differ from the format's. */
  #fresh: Buffer[] = [];
  /** Sets of the access unit in progress, fresh or known. */
  #together: Buffer[] = [];

  /** `readable`: false for a set that is malformed; `merge`: undefined while sets do not make a whole. */
  constructor(options: {
    format: F | undefined;
    readable: (set: Buffer) => boolean;
    merge: (current: F | undefined, fresh: readonly Buffer[]) => F | undefined;
  }) {
    this.#format = options.format;
    this.#readable = options.readable;
    this.#merge = options.merge;
  }

  get format(): F | undefined {
    return this.#format;
  }

  /** Takes the set `[start, end)` of an access unit; a malformed one is ignored. */
  add(b: Buffer, start: number, end: number): void {
    let last = end;
    while (last > start && b[last - 1] === 0) last--;
    if (last === start || last - start > MAX_SET || this.#together.length >= MAX_SETS) return;
    const set = this.#known(b, start, last) ?? this.#new(b, start, last);
    if (set && !this.#together.includes(set)) this.#together.push(set);
  }

  /** The access unit ended. */
  endUnit(): void {
    if (this.#together.length > 0) this.#together = [];
  }

  /** The format from here on, if it is another one than before. Call before the first slice of a key frame. */
  renew(): F | undefined {
    if (this.#fresh.length === 0) return undefined;
    // Sets that come together replace all others: a new SPS may have a new id (quirk 41).
    const next = this.#merge(undefined, this.#together) ?? this.#merge(this.#format, this.#fresh);
    if (next || this.#format || this.#fresh.length >= MAX_SETS) this.#fresh = [];
    if (!next || (this.#format && same(this.#format, next))) return undefined;
    this.#format = next;
    return next;
  }

  #known(b: Buffer, start: number, end: number): Buffer | undefined {
    const length = end - start;
    const equals = (set: Buffer): boolean => set.length === length && set.compare(b, start, end) === 0;
    return this.#format?.parameterSets.find(equals) ?? this.#fresh.find(equals);
  }

  #new(b: Buffer, start: number, end: number): Buffer | undefined {
    const set = Buffer.from(b.subarray(start, end));
    if (!this.#readable(set)) return undefined;
    if (this.#fresh.length < MAX_SETS) this.#fresh.push(set);
    return set;
  }
}

function same(one: SetFormat, other: SetFormat): boolean {
  const sets = one.parameterSets;
  return (
    sets.length === other.parameterSets.length &&
    sets.every((set, at) => set.equals(other.parameterSets[at]!))
  );
}
