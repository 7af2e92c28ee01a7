import type { Codec, Format } from '../codecs/index.ts';
import type { Clock } from '../stream/index.ts';
import type { MediaUnit } from './intake.ts';

/** A unit that waits until it is due; its bytes are its own. */
export interface WaitingUnit {
  readonly codec: Codec;
  /** The format, where the container says it beside the units. */
  readonly format: Format | undefined;
  readonly bytes: Buffer;
  readonly unit: MediaUnit;
  /** Ticks of 90 kHz modulo 2^33. */
  readonly dts: number;
}

export interface PlayoutOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** `time`: ticks of 90 kHz that go on over discontinuities. */
  readonly play: (unit: WaitingUnit, time: number) => void;
}

const TICKS_PER_MS = 90;
const WRAP = 2 ** 33;
/** Milliseconds by which units may be late before what follows is moved along with them. */
const LATE = 500;
/** Ticks by which times may leap within one stretch; beyond it something began anew. */
const LEAP = 10_000 * TICKS_PER_MS;
/** Ticks from the last unit of one stretch to the first of the next. */
const STEP = 40 * TICKS_PER_MS;

/** Plays what comes in whole segments as a camera would send it: each unit when it is due by its time. */
export class Playout {
  readonly #options: PlayoutOptions;
  readonly #lanes: PlayoutLane[] = [];
  /** What is added to the times of a stretch, by the discontinuity it began with. */
  readonly #shifts = new Map<number, number>();
  /** Monotonic milliseconds of time 0. */
  #zero: number | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: PlayoutOptions) {
    this.#options = options;
  }

  lane(): PlayoutLane {
    const lane = new PlayoutLane();
    this.#lanes.push(lane);
    return lane;
  }

  /** Adds units, those of one track in order of decoding. */
  add(lane: PlayoutLane, units: readonly WaitingUnit[], discontinuity: number): void {
    for (const unit of units) lane.insert(unit, this.#timeOf(lane, unit.dts, discontinuity));
    this.#play();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    for (const lane of this.#lanes) lane.waiting.length = 0;
  }

  #timeOf(lane: PlayoutLane, dts: number, discontinuity: number): number {
    const shift = this.#shifts.get(discontinuity);
    const last = lane.last ?? this.#lanes.find((other) => other.last !== undefined)?.last;
    // The first of all begins at 0; a new stretch goes on behind what its lane played last.
    let time = shift === undefined ? (last === undefined ? 0 : last + STEP) : unwrapped(dts + shift, last);
    if (last !== undefined && Math.abs(time - last) > LEAP) time = last + STEP;
    // Only the newest stretch and the one before it can still be asked for.
    if (shift === undefined && this.#shifts.size > 1) this.#shifts.delete(this.#shifts.keys().next().value!);
    this.#shifts.set(discontinuity, time - dts);
    lane.last = Math.max(lane.last ?? time, time);
    return time;
  }

  #play(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#closed) return;
    const now = this.#options.clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      for (let first = lane.waiting[0]; first; first = lane.waiting[0]) {
        this.#zero ??= now - first.time / TICKS_PER_MS;
        const due = this.#zero + first.time / TICKS_PER_MS;
        if (due > now) {
          next = Math.min(next, due);
          break;
        }
        // The segment came too late: all that follows is later as well, or it would come in a rush.
        if (now - due > LATE) this.#zero += now - due;
        lane.waiting.shift();
        this.#options.play(first.unit, first.time);
        if (this.#closed) return;
      }
    }
    if (next < Number.POSITIVE_INFINITY) {
      this.#cancel = this.#options.clock.after(Math.max(1, next - now), () => this.#play());
    }
  }
}

/** What waits of one playlist. */
export class PlayoutLane {
  readonly waiting: { readonly unit: WaitingUnit; readonly time: number }[] = [];
  /** Time of the newest unit. */
  last: number | undefined;

  /** Sound and picture come interleaved, each a little ahead of the other at times. */
  insert(unit: WaitingUnit, time: number): void {
    let at = this.waiting.length;
    while (at > 0 && this.waiting[at - 1]!.time > time) at--;
    this.waiting.splice(at, 0, { unit, time });
  }

  /** Seconds of media that wait. */
  get seconds(): number {
    const first = this.waiting[0];
    return first && this.last !== undefined ? (this.last - first.time) / (1000 * TICKS_PER_MS) : 0;
  }
}

/** The time nearest to `near` that is `time` modulo 2^33. */
function unwrapped(time: number, near: number | undefined): number {
  return near === undefined ? time : time + WRAP * Math.round((near - time) / WRAP);
}
