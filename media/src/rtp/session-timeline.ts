import { type Reported, type SharedTime, TrackTimeline } from './timeline.ts';

/** Seconds by which a hint (RTP-Info, sender report) may differ from arrival; beyond it the hint is wrong. */
const PLAUSIBLE = 10;
/** Seconds left behind the last session, for a track that begins before the first packet. */
const MARGIN = 0.5;
/** Seconds of skew below which a sender report says nothing. */
const NOISE = 0.01;
/** Reports that must agree, and within how many seconds, before aligned tracks are moved again. */
const AGREEING = 6;
const SPREAD = 0.1;
/** Seconds that media time may be off arrival (a burst at the start, quirk 55) before it is steered back. */
const SLACK = { lead: 5, others: 10 };
/** Seconds beyond the slack for each doubling of a frame's length; and the most of a frame that is steered away. */
const STEER_RANGE = 4;
const MAX_STEER = 0.5;
/** Seconds between leaps of two tracks that have one cause, and by which these may differ. */
const SAME_LEAP = { apart: 5, alike: 1 };

/**
 * The media clock of one session with a source: seconds since the stream's zero, which outlives sessions, so
 * times rise steadily over reconnects. All tracks share it; RTP-Info and sender reports align them
 * (RFC 3550 6.4.1). The first track leads: others are moved to agree with it.
 */
export class SessionTimeline implements SharedTime {
  readonly #zero: number;
  readonly #floor: number;
  readonly #tracks: TrackTimeline[] = [];
  #slew = 0;
  /** Seconds that the session begins after its first packet arrived, not to overlap what came before. */
  #delay: number | undefined;
  /** Media seconds of the start that RTP-Info speaks of, by the first track that had one. */
  #start: { readonly by: TrackTimeline; readonly at: number } | undefined;
  #leap: { readonly by: TrackTimeline; readonly seconds: number; readonly at: number } | undefined;
  /** Skews seen since a track was aligned; none for one that never was, or has leapt since. */
  readonly #skews = new Map<TrackTimeline, number[]>();

  /**
   * `zero`: monotonic milliseconds of the stream's media zero; `floor`: media seconds where the last session
   * ended, before which nothing may be.
   */
  constructor(zero: number, floor = 0) {
    this.#zero = zero;
    this.#floor = floor;
  }

  get slew(): number {
    return this.#slew;
  }

  /** `rate`: Hz of the track's RTP clock. */
  track(rate: number): TrackTimeline {
    const track = new TrackTimeline(rate, this);
    this.#tracks.push(track);
    return track;
  }

  seconds(now: number): number {
    return (now - this.#zero) / 1000;
  }

  place(track: TrackTimeline, timestamp: number, now: number): number {
    const seconds = this.seconds(now);
    this.#delay ??= this.#floor > 0 ? Math.max(0, this.#floor + MARGIN - seconds) : 0;
    const arrival = seconds + this.#delay;
    const hint = this.#byInfo(track, timestamp, arrival) ?? this.#byReports(track, timestamp, arrival);
    return Math.max(hint ?? arrival, this.#floor);
  }

  /** Of two tracks that leap alike the first one's leap counts, so that they stay in step. */
  leap(track: TrackTimeline, seconds: number, now: number): number {
    this.#skews.delete(track);
    const at = this.seconds(now);
    const other = this.#leap;
    if (other && other.by !== track && at - other.at < SAME_LEAP.apart) {
      const alike = [other.by.period, track.period]
        .map((period) => other.seconds + period * Math.round((seconds - other.seconds) / period))
        .find((candidate) => Math.abs(candidate - seconds) < SAME_LEAP.alike);
      if (alike !== undefined) {
        this.#aligned(track, other.by);
        return alike;
      }
    }
    this.#leap = { by: track, seconds, at };
    return seconds;
  }

  mistaken(by: TrackTimeline, now: number): void {
    this.#skews.clear();
    for (const track of this.#tracks) if (track !== by) track.catchUp(now);
  }

  steer(track: TrackTimeline, ahead: number, seconds: number): number {
    const leads = track === this.#tracks[0];
    const excess = Math.abs(ahead) - (leads ? SLACK.lead : SLACK.others);
    if (excess <= 0) return 0;
    const back = -Math.sign(ahead) * seconds * Math.min(MAX_STEER, excess / STEER_RANGE);
    if (!leads) return back;
    this.#slew += back;
    return 0;
  }

  /** A sender report of a track. Returns the seconds that another track, or this one, was moved because of it. */
  report(track: TrackTimeline, reported: Reported): number {
    track.reported = reported;
    const [lead, ...others] = this.#tracks;
    let moved = 0;
    for (const other of others) if (track === lead || track === other) moved += this.#align(lead!, other);
    return moved;
  }

  #align(lead: TrackTimeline, track: TrackTimeline): number {
    const skew = skewOf(lead, track);
    if (skew === undefined || Math.abs(skew) > PLAUSIBLE) return 0;
    const seen = this.#skews.get(track);
    if (seen && !agree(seen, skew)) return 0;
    const move = seen ? least(seen) : skew;
    this.#skews.set(track, []);
    track.correct(move);
    return move;
  }

  #aligned(...tracks: readonly TrackTimeline[]): void {
    for (const track of tracks) this.#skews.set(track, []);
  }

  /** RTP-Info is believed of a track whose first packet is near the start it tells (quirk 31). */
  #byInfo(track: TrackTimeline, timestamp: number, arrival: number): number | undefined {
    const since = track.sinceStart(timestamp);
    if (since === undefined || Math.abs(since) > PLAUSIBLE) return undefined;
    this.#start ??= { by: track, at: arrival - since };
    const place = this.#start.at + since;
    if (Math.abs(place - arrival) > PLAUSIBLE) return undefined;
    if (this.#start.by !== track) this.#aligned(track, this.#start.by);
    return place;
  }

  /** Where another track's place and the sender's clock put it. */
  #byReports(track: TrackTimeline, timestamp: number, arrival: number): number | undefined {
    const since = track.sinceReport(timestamp);
    const other = this.#tracks.find((one) => one.anchored && one.reported);
    if (since === undefined || !other?.reported) return undefined;
    const apart = track.reported!.ntp - other.reported.ntp;
    const place = other.secondsOf(other.reported.timestamp) + apart + since;
    return Math.abs(place - arrival) > PLAUSIBLE ? undefined : place;
  }
}

/** Seconds by which a track's media time is behind the lead's at the same instant of the sender's clock. */
function skewOf(lead: TrackTimeline, track: TrackTimeline): number | undefined {
  if (!lead.reported || !track.reported || !lead.anchored || !track.anchored) return undefined;
  const ofLead = lead.reported.ntp - lead.secondsOf(lead.reported.timestamp);
  return track.reported.ntp - track.secondsOf(track.reported.timestamp) - ofLead;
}

/** Adds a skew to those seen while it is like them; true once there are enough. Single reports are off by a frame. */
function agree(seen: number[], skew: number): boolean {
  const first = seen[0] ?? skew;
  if (first > 0 !== skew > 0 || Math.abs(first - skew) > SPREAD) seen.length = 0;
  if (Math.abs(skew) < NOISE) seen.length = 0;
  else seen.push(skew);
  return seen.length >= AGREEING;
}

function least(skews: readonly number[]): number {
  return skews.reduce((one, other) => (Math.abs(other) < Math.abs(one) ? other : one));
}
