import { type Clock, SlowReader } from '@nightjar/media/stream';
import type { Viewer } from './viewer.ts';

/** The end of a client's connection that is written to: a socket, or an HTTP response. */
export interface Wire {
  /** Bytes written and not yet taken. */
  readonly writableLength: number;
  write(chunk: Buffer): unknown;
  cork(): void;
  uncork(): void;
}

export interface OutletOptions {
  readonly wire: Wire;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Counts what is sent and dropped; closed as `too_slow` when the client does not drain. */
  readonly viewer: Viewer;
}

/**
 * Gives one client shared chunks under the slow-reader rule: a bounded queue, then nothing up to the next key
 * frame, then the end. What a newcomer is given to start with does not count against it.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #slow = new SlowReader();
  #given = 0;
  /** Value of `#given` behind what the client was given to start with. */
  #burstEnd = 0;
  #waiting = true;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Writes what must reach the client whatever its queue: heads, init segments, the frames to start with. */
  begin(chunks: readonly Buffer[], startsDecoder: boolean): void {
    const { wire } = this.#options;
    wire.cork();
    for (const chunk of chunks) this.#write(chunk);
    wire.uncork();
    this.#burstEnd = this.#given;
    if (startsDecoder) this.#waiting = false;
  }

  /** Nothing is sent before the next key frame. */
  waitForKey(): void {
    this.#waiting = true;
  }

  /** Offers one frame's or part's bytes; `key`: a decoder can start there. */
  offer(chunk: Buffer, key: boolean): void {
    if (this.#waiting && !key) return;
    const { wire, clock, viewer } = this.#options;
    const left = this.#burstEnd - (this.#given - wire.writableLength);
    const queued = left > 0 ? wire.writableLength - left : wire.writableLength;
    const verdict = this.#slow.verdict(queued, key, clock.monotonic());
    if (verdict === 'send') {
      this.#waiting = false;
      this.#write(chunk);
      return;
    }
    viewer.dropped++;
    if (verdict === 'close') viewer.close('too_slow');
  }

  #write(chunk: Buffer): void {
    this.#given += chunk.length;
    this.#options.viewer.bytes += chunk.length;
    this.#options.wire.write(chunk);
  }
}
