import { MalformedError } from '../bytes/index.ts';
import type { Codec } from '../codecs/index.ts';
import { FrameTooLargeError } from '../stream/index.ts';
import type { MediaUnit } from './intake.ts';
import { MediaSession, type MediaSessionOptions } from './media-session.ts';
import { TS_RATE, TsUnits } from './ts-units.ts';

export interface TsToStreamOptions extends Omit<MediaSessionOptions, 'rate'> {
  /** Codecs that are of use further on; all of them when absent. */
  readonly takes?: (codec: Codec) => boolean;
  /** Gets each unit in place of the stream, to `publish` it when it is due; its bytes are lent for the call. */
  readonly held?: (codec: Codec, b: Buffer, unit: MediaUnit, dts: number) => void;
}

/** An MPEG transport stream becomes frames of a stream, at once as it comes. */
export class TsToStream {
  readonly #session: MediaSession;
  readonly #units: TsUnits;
  #bytes = 0;
  #count = 0;
  #dropped = 0;

  constructor({ takes, held, ...options }: TsToStreamOptions) {
    this.#session = new MediaSession({ ...options, rate: TS_RATE });
    this.#units = new TsUnits({
      takes,
      announce: (kind, there) => this.#session.announce(kind, there),
      unit: held ?? ((codec, b, unit, dts) => this.publish(codec, b, unit, dts)),
    });
  }

  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  get lastFrame(): number {
    return this.#session.lastFrame;
  }

  /** Since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const dropped = this.#dropped + this.#session.dropped + this.#units.dropped;
    return { bytes: this.#bytes, packets: this.#count, lost: this.#units.lost, dropped };
  }

  /** What comes and cannot be used, in words. */
  get trouble(): string | undefined {
    return this.#units.trouble;
  }

  /** Takes the next bytes, cut anywhere. */
  read(b: Buffer, start = 0, end = b.length): void {
    if (this.#session.closed) return;
    this.#bytes += end - start;
    this.#units.read(b, start, end);
  }

  /** Nothing follows, or something whose times begin anew. */
  flush(): void {
    if (!this.#session.closed) this.#units.flush();
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#session.close();
  }

  /** A unit becomes frames; one that cannot is counted as dropped. */
  publish(codec: Codec, b: Buffer, unit: MediaUnit, dts: number): void {
    this.#count++;
    try {
      this.#session.frame(this.#session.intake(codec), b, unit, dts);
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
      this.#dropped++;
    }
    this.#session.settle();
  }
}
