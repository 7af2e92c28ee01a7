import { ClockRate } from './clock-rate.ts';

const WRAP = 2 ** 32;
/** Seconds by which RTP time may step ahead of arrival, beyond what a burst explains (quirk 53). */
const MAX_LEAP = 2;
/** Seconds by which RTP time may step back: B-frames do, further back it began anew. */
const MAX_BACK = 0.5;
/** Seconds behind arrival from which the time in between was never filmed. */
const MAX_LATE = 10;
/** Part of its own length by which a frame may be shortened or stretched to steer back. */
const MAX_STEER = 0.5;
/** Seconds from which a correction is one step instead of many small ones. */
const STEP = 0.5;

/** What a sender report tells: at `ntp` seconds of the sender's clock the track was at RTP time `timestamp`. */
export interface Reported {
  readonly ntp: number;
  readonly timestamp: number;
}

/** What a track asks of the session it belongs to; see `SessionTimeline`. */
export interface SharedTime {
  /** Seconds steered into all tracks so far. */
  readonly slew: number;
  /** Media seconds of monotonic `now` ms. */
  seconds(now: number): number;
  /** Media seconds of a track's first packet. */
  place(track: TrackTimeline, timestamp: number, now: number): number;
  /** A track leapt by `seconds`: by how much its mapping has to move. */
  leap(track: TrackTimeline, seconds: number, now: number): number;
  /** A track's clock turned out to be another one: what was made of its reports may be wrong. */
  mistaken(track: TrackTimeline, now: number): void;
  /** A track went on by `seconds` and is `ahead` of arrival: by how much to steer it alone. */
  steer(track: TrackTimeline, ahead: number, seconds: number): number;
}

/**
 * One track's way from 32-bit RTP time to ticks on the media clock. Ticks follow RTP time exactly but where it
 * leaps, runs away from arrival, or where sender reports show that the tracks are not in step. They never go
 * back by more than B-frames do, a step of {@link correct} excepted. A clock of another rate than stated is read by the
 * rate it has, and one that stands still is left for arrival.
 */
export class TrackTimeline {
  /** The last sender report, while RTP time has not leapt since. */
  reported: Reported | undefined;
  /** `rtptime` of RTP-Info: the RTP time of the session's start (RFC 2326 12.33). */
  announced: number | undefined;
  readonly #session: SharedTime;
  readonly #clock: ClockRate;
  /** Hz of RTP time, 0 when it stands still, and of ticks. */
  #rate: number;
  #out: number;
  #last = -1;
  /** RTP time without its wrap, and the most of it so far. */
  #unwrapped = 0;
  #front = 0;
  /** Ticks at unwrapped RTP time 0, without what was steered. */
  #base = 0;
  /** Seconds to be steered in this track alone; ticks steered so far, those of the session included. */
  #move = 0;
  #steered = 0;
  #highest = Number.NEGATIVE_INFINITY;
  /** Ticks of the last frame but those that a leap made. */
  #stride = 1;
  /** Seconds by which ticks were ahead of arrival at most. */
  #most = 0;

  /** `rate`: Hz of the RTP clock. Ticks have the same rate until {@link output} says otherwise. */
  constructor(rate: number, session: SharedTime) {
    this.#rate = rate;
    this.#clock = new ClockRate(rate);
    this.#out = rate;
    this.#session = session;
  }

  /** Seconds until RTP time wraps: how far it leapt is known up to multiples of them. */
  get period(): number {
    return WRAP / (this.#rate || this.#out);
  }

  /** A packet was seen, and its clock goes: RTP time has its place on the media clock. */
  get anchored(): boolean {
    return this.#last >= 0 && this.#rate > 0;
  }

  /** Ticks are of `rate` Hz from now on. */
  output(rate: number): void {
    const scale = rate / this.#out;
    if (scale === 1) return;
    const mapped = this.#mapped();
    this.#out = rate;
    this.#steered = Math.round(this.#steered * scale);
    this.#base += Math.round(mapped * scale) - this.#mapped();
    this.#highest = Math.round(this.#highest * scale);
    this.#stride = Math.max(1, Math.round(this.#stride * scale));
  }

  /** Ticks of the media clock for an RTP time stamp that arrived at `now` (monotonic ms). */
  ticks(timestamp: number, now: number): number {
    if (this.#last < 0) this.#anchor(timestamp, now);
    else this.#advance(difference(timestamp, this.#last), now);
    this.#last = timestamp;
    const ticks = this.#rate === 0 ? this.#arrived(now) : this.#mapped();
    if (ticks > this.#highest) this.#highest = ticks;
    return ticks;
  }

  /** Media seconds of an RTP time near the last one seen, as if all had been steered already. */
  secondsOf(timestamp: number): number {
    const unwrapped = this.#unwrapped + difference(timestamp, this.#last);
    return ((unwrapped * this.#out) / this.#rate + this.#base) / this.#out + this.#move;
  }

  /** Seconds from the announced start to `timestamp`; undefined when nothing was announced. */
  sinceStart(timestamp: number): number | undefined {
    if (this.announced === undefined) return undefined;
    return difference(timestamp, this.announced) / this.#rate;
  }

  /** Seconds from the last sender report to `timestamp`; undefined without one. */
  sinceReport(timestamp: number): number | undefined {
    return this.reported && difference(timestamp, this.reported.timestamp) / this.#rate;
  }

  /** Goes on where it arrives when it is far behind that. */
  catchUp(now: number): void {
    if (!this.anchored) return;
    this.#move = this.#steered / this.#out - this.#session.slew;
    const behind = -this.#ahead(now);
    if (behind > STEP) this.#base += Math.round(behind * this.#out);
  }

  /** Moves what follows by `seconds`: a little in every frame, or at once where it is much. */
  correct(seconds: number): void {
    if (Math.abs(seconds) < STEP) this.#move += seconds;
    else this.#base += Math.round(seconds * this.#out);
    this.#most += Math.max(0, seconds);
  }

  #mapped(): number {
    const ticks = this.#rate === 0 ? 0 : Math.round((this.#unwrapped * this.#out) / this.#rate);
    return ticks + this.#base + this.#steered;
  }

  #ahead(now: number): number {
    return this.#mapped() / this.#out - this.#session.seconds(now);
  }

  #anchor(timestamp: number, now: number): void {
    const place = this.#session.place(this, timestamp, now);
    this.#unwrapped = timestamp;
    this.#front = timestamp;
    this.#steered = Math.round(this.#session.slew * this.#out);
    this.#base = 0;
    this.#base = Math.round(place * this.#out) - this.#mapped();
    this.#most = this.#ahead(now);
  }

  #advance(step: number, now: number): void {
    this.#unwrapped += step;
    this.#look(now);
    if (this.#rate === 0) {
      this.#front = this.#unwrapped;
      return;
    }
    const ahead = this.#ahead(now);
    if (step < -MAX_BACK * this.#rate || ahead > this.#most + MAX_LEAP || ahead < -MAX_LATE) {
      this.#rebase(now);
      return;
    }
    if (ahead > this.#most) this.#most = ahead;
    const fresh = this.#unwrapped - this.#front;
    if (fresh <= 0) return;
    this.#front = this.#unwrapped;
    this.#steer(fresh, ahead);
  }

  #look(now: number): void {
    const rate = this.#clock.look(Math.max(0, this.#unwrapped - this.#front), now, this.#rate);
    if (rate === undefined || rate === this.#rate) return;
    const ticks = this.#rate === 0 ? this.#arrived(now) : this.#mapped();
    this.#rate = rate;
    this.reported = undefined;
    if (rate > 0) this.#base += ticks - this.#mapped();
    // A clock that was read too slowly fell behind what arrived, and so did what was aligned with it.
    this.catchUp(now);
    this.#session.mistaken(this, now);
  }

  /** Where a frame lies whose RTP time says nothing. */
  #arrived(now: number): number {
    return Math.max(Math.round(this.#session.seconds(now) * this.#out), this.#highest + 1);
  }

  #steer(fresh: number, ahead: number): void {
    this.#move += this.#session.steer(this, ahead, fresh / this.#rate);
    const length = (fresh * this.#out) / this.#rate;
    this.#stride = Math.max(1, Math.round(length));
    const due = Math.round((this.#session.slew + this.#move) * this.#out) - this.#steered;
    const most = Math.floor(length * MAX_STEER);
    this.#steered += Math.max(-most, Math.min(most, due));
  }

  /** RTP time leapt: it goes on where it arrived, but never before the last frame ended. */
  #rebase(now: number): void {
    if (Math.abs(this.#unwrapped - this.#front) > MAX_LEAP * this.#rate) this.#clock.leapt();
    const mapped = this.#mapped();
    const earliest = this.#highest + this.#stride;
    const arrived = Math.max(Math.round(this.#session.seconds(now) * this.#out), earliest);
    const leap = this.#session.leap(this, (arrived - mapped) / this.#out, now);
    this.#base += Math.max(Math.round(leap * this.#out), earliest - mapped);
    this.#front = this.#unwrapped;
    this.#most = this.#ahead(now);
    this.reported = undefined;
  }
}

/** Signed 32-bit difference a - b modulo 2^32. */
function difference(a: number, b: number): number {
  const delta = (a - b) % WRAP;
  if (delta >= WRAP / 2) return delta - WRAP;
  if (delta < -WRAP / 2) return delta + WRAP;
  return delta;
}
