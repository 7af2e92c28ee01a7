/** What a viewer does with the next frame. */
export type SlowReaderVerdict = 'send' | 'skip' | 'close';

export interface SlowReaderLimits {
  /** Bytes queued for the viewer above which frames are skipped. */
  readonly maxBytes: number;
  /** Milliseconds without an empty queue after which frames are skipped. */
  readonly maxDelay: number;
  /** Milliseconds of skipping after which the viewer is closed. */
  readonly patience: number;
}

export const SLOW_READER_LIMITS: SlowReaderLimits = {
  maxBytes: 1024 * 1024,
  maxDelay: 2_000,
  patience: 10_000,
};

/**
 * The one rule for viewers that do not keep up: a bounded queue, then skip to the next key frame once the
 * queue is empty, then close. A slow viewer never slows the stream.
 */
export class SlowReader {
  /** Frames not sent so far. */
  skipped = 0;
  readonly #limits: SlowReaderLimits;
  #behindSince = -1;
  #skippingSince = -1;

  constructor(limits: SlowReaderLimits = SLOW_READER_LIMITS) {
    this.#limits = limits;
  }

  /** `queued`: bytes not yet taken by the viewer; `now`: monotonic milliseconds. */
  verdict(queued: number, key: boolean, now: number): SlowReaderVerdict {
    if (queued === 0) this.#behindSince = -1;
    else if (this.#behindSince < 0) this.#behindSince = now;
    if (this.#skippingSince >= 0) return this.#whileSkipping(queued, key, now);
    const late = this.#behindSince >= 0 && now - this.#behindSince > this.#limits.maxDelay;
    if (queued <= this.#limits.maxBytes && !late) return 'send';
    this.#skippingSince = now;
    this.skipped++;
    return 'skip';
  }

  #whileSkipping(queued: number, key: boolean, now: number): SlowReaderVerdict {
    if (queued === 0 && key) {
      this.#skippingSince = -1;
      return 'send';
    }
    this.skipped++;
    return queued > 0 && now - this.#skippingSince > this.#limits.patience ? 'close' : 'skip';
  }
}
