const WRAP = 2 ** 32;
/** Seconds by which RTP time may run away from arrival before the track is anchored anew (quirk 53, 55). */
const MAX_DRIFT = 10;
/** Seconds by which a sender report may move one track against another; beyond it the report is wrong. */
const MAX_CORRECTION = 5;
/** Seconds below which a sender report's correction is noise. */
const MIN_CORRECTION = 0.015;

/** One track's way from 32-bit RTP time to ticks of the media clock. */
export class TrackTimeline {
  readonly rate: number;
  /** Rises when the mapping jumped: what follows is not continuous with what came before. */
  jumps = 0;
  #offset = 0;
  #unwrapped = 0;
  #last = -1;
  #reference: number | undefined;
  readonly #session: SessionTimeline;

  constructor(rate: number, session: SessionTimeline) {
    this.rate = rate;
    this.#session = session;
  }

  /** `rtptime` of RTP-Info: the RTP time of the session's media zero (RFC 2326 12.33). */
  announce(rtptime: number): void {
    this.#reference = rtptime;
  }

  /** Ticks of the media clock for an RTP time stamp that arrived at `now` (monotonic ms). */
  ticks(timestamp: number, now: number): number {
    if (this.#last < 0) this.#anchor(timestamp, now);
    else this.#unwrapped += difference(timestamp, this.#last);
    this.#last = timestamp;
    const ticks = this.#unwrapped + this.#offset;
    const drift = ticks / this.rate - this.#session.seconds(now);
    if (drift < MAX_DRIFT && drift > -MAX_DRIFT) return ticks;
    this.jumps++;
    this.#offset = Math.round(this.#session.seconds(now) * this.rate) - this.#unwrapped;
    return this.#unwrapped + this.#offset;
  }

  /** Media seconds of an RTP time near the last one seen; undefined before the first packet. */
  secondsOf(timestamp: number): number | undefined {
    if (this.#last < 0) return undefined;
    return (this.#unwrapped + difference(timestamp, this.#last) + this.#offset) / this.rate;
  }

  /** Moves everything that follows by `seconds`. */
  shift(seconds: number): void {
    this.#offset += Math.round(seconds * this.rate);
  }

  #anchor(timestamp: number, now: number): void {
    const arrived = this.#session.start(now);
    this.#unwrapped = timestamp;
    const zero = this.#reference;
    const ahead = zero === undefined ? Number.POSITIVE_INFINITY : difference(timestamp, zero) / this.rate;
    // Cameras invent rtptime (quirk 31): believe it only when it is near the first packet.
    const offset = ahead > -1 && ahead < MAX_DRIFT ? ahead : this.#session.seconds(now) - arrived;
    this.#offset = Math.round((arrived + offset) * this.rate) - timestamp;
  }
}

/**
 * The media clock of one session with a source: seconds since the stream's zero, which outlives sessions, so
 * times rise steadily over reconnects. All tracks share it; sender reports align them (RFC 3550 6.4.1).
 */
export class SessionTimeline {
  readonly #zero: number;
  #started = -1;
  #lead: { track: TrackTimeline; ntpMinusMedia: number } | undefined;

  /** `zero`: monotonic milliseconds of the stream's media zero. */
  constructor(zero: number) {
    this.#zero = zero;
  }

  track(rate: number): TrackTimeline {
    return new TrackTimeline(rate, this);
  }

  seconds(now: number): number {
    return (now - this.#zero) / 1000;
  }

  /** Media seconds at which this session's first packet arrived. */
  start(now: number): number {
    if (this.#started < 0) this.#started = this.seconds(now);
    return this.#started;
  }

  /**
   * A sender report: at `ntp` seconds of the sender's clock the track was at RTP time `timestamp`. The first
   * track to report leads; others are moved to agree with it. Returns the seconds moved.
   */
  report(track: TrackTimeline, ntp: number, timestamp: number): number {
    const media = track.secondsOf(timestamp);
    if (media === undefined) return 0;
    const offset = ntp - media;
    if (!this.#lead || this.#lead.track === track) {
      this.#lead = { track, ntpMinusMedia: offset };
      return 0;
    }
    const move = offset - this.#lead.ntpMinusMedia;
    if (Math.abs(move) < MIN_CORRECTION || Math.abs(move) > MAX_CORRECTION) return 0;
    track.shift(move);
    return move;
  }
}

/** Signed 32-bit difference a - b modulo 2^32. */
function difference(a: number, b: number): number {
  const delta = (a - b) % WRAP;
  if (delta >= WRAP / 2) return delta - WRAP;
  if (delta < -WRAP / 2) return delta + WRAP;
  return delta;
}
