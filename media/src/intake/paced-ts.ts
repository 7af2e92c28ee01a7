import { MalformedError } from '../bytes/index.ts';
import type { Codec } from '../codecs/index.ts';
import { type Clock, FrameTooLargeError } from '../stream/index.ts';
import { MediaSession, type MediaSessionOptions } from './media-session.ts';
import { Playout, type PlayoutLane, type WaitingUnit } from './playout.ts';
import { TS_RATE, TsUnits } from './ts-units.ts';

export interface PacedTsOptions extends Omit<MediaSessionOptions, 'rate' | 'clock'> {
  readonly clock: Clock;
  /** Codecs that are of use further on; all of them when absent. */
  readonly takes?: (codec: Codec) => boolean;
}

/** Time stamps of a session count modulo 2^32. */
const WRAP = 2 ** 32;

/** An MPEG transport stream that comes faster than it plays becomes frames of a stream in its own time. */
export class PacedTs {
  readonly #session: MediaSession;
  readonly #playout: Playout;
  readonly #lane: PlayoutLane;
  readonly #units: TsUnits;
  #round = 0;
  #bytes = 0;
  #count = 0;
  #dropped = 0;

  constructor({ takes, ...options }: PacedTsOptions) {
    this.#session = new MediaSession({ ...options, rate: TS_RATE });
    this.#playout = new Playout({ clock: options.clock, play: (unit, time) => this.#play(unit, time) });
    this.#lane = this.#playout.lane();
    this.#units = new TsUnits({
      takes,
      announce: (kind, there) => this.#session.announce(kind, there),
      unit: (codec, b, unit, dts) => {
        const bytes = Buffer.from(b.subarray(unit.start, unit.end));
        const whole = { ...unit, start: 0, end: bytes.length };
        this.#playout.add(this.#lane, [{ codec, format: undefined, bytes, unit: whole, dts }], this.#round);
      },
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

  /** Seconds of media that wait until they are due. */
  get waiting(): number {
    return this.#lane.seconds;
  }

  /** Takes the next bytes, cut anywhere. */
  read(b: Buffer): void {
    if (this.#session.closed) return;
    this.#bytes += b.length;
    this.#units.read(b);
  }

  /** Nothing follows, or something whose times begin anew. */
  flush(): void {
    if (this.#session.closed) return;
    this.#units.flush();
    this.#round++;
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#playout.close();
    this.#session.close();
  }

  #play({ codec, bytes, unit }: WaitingUnit, time: number): void {
    this.#count++;
    try {
      this.#session.frame(this.#session.intake(codec), bytes, unit, ((time % WRAP) + WRAP) % WRAP);
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
      this.#dropped++;
    }
    this.#session.settle();
  }
}
