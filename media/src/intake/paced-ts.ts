import type { Clock } from '../stream/index.ts';
import { Playout, type PlayoutLane } from './playout.ts';
import { TsToStream, type TsToStreamOptions } from './ts-to-stream.ts';

export interface PacedTsOptions extends Omit<TsToStreamOptions, 'clock' | 'held'> {
  readonly clock: Clock;
}

/** Time stamps of a session count modulo 2^32. */
const WRAP = 2 ** 32;

/** An MPEG transport stream that comes faster than it plays becomes frames of a stream in its own time. */
export class PacedTs {
  readonly #stream: TsToStream;
  readonly #playout: Playout;
  readonly #lane: PlayoutLane;
  #round = 0;

  constructor(options: PacedTsOptions) {
    this.#stream = new TsToStream({
      ...options,
      held: (codec, b, unit, dts) => {
        const bytes = Buffer.from(b.subarray(unit.start, unit.end));
        const whole = { ...unit, start: 0, end: bytes.length };
        this.#playout.add(this.#lane, [{ codec, format: undefined, bytes, unit: whole, dts }], this.#round);
      },
    });
    this.#playout = new Playout({
      clock: options.clock,
      play: ({ codec, bytes, unit }, time) =>
        this.#stream.publish(codec, bytes, unit, ((time % WRAP) + WRAP) % WRAP),
    });
    this.#lane = this.#playout.lane();
  }

  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  get lastFrame(): number {
    return this.#stream.lastFrame;
  }

  /** Since the session began. */
  get counters(): TsToStream['counters'] {
    return this.#stream.counters;
  }

  /** What comes and cannot be used, in words. */
  get trouble(): string | undefined {
    return this.#stream.trouble;
  }

  /** Seconds of media that wait until they are due. */
  get waiting(): number {
    return this.#lane.seconds;
  }

  /** Takes the next bytes, cut anywhere. */
  read(b: Buffer): void {
    this.#stream.read(b);
  }

  /** Nothing follows, or something whose times begin anew. */
  flush(): void {
    this.#stream.flush();
    this.#round++;
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#playout.close();
    this.#stream.close();
  }
}
