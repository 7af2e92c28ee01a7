import { type Clock, SlowReader } from '../../stream/index.ts';
import type { TrackPlan } from '../negotiation/index.ts';
import type { PeerTransport } from '../transport/index.ts';
import { Burst, type TimedFrame } from './burst.ts';
import type { Feed } from './feed.ts';
import { type FeedbackEvents, type ReceptionReport, readFeedback } from './feedback.ts';
import { Outgoing } from './outgoing.ts';
import type { PacketizedFrame } from './packets.ts';
import type { FeedEnd, FeedLane, FeedReader } from './reader.ts';
import { Thinner, type Thinning } from './thinning.ts';

/** Ticks of 90 kHz between the pictures of a GOP sent at once: they are shown as fast as they are decoded. */
const SQUEEZED = 90;
/** Ticks within which a replayed GOP must fit, between the picture before it and the next one. */
const REPLAY_TICKS = 900;
/** Milliseconds between two replays. */
const REPLAY_PAUSE = 1_000;
const FIRST_REPORT = 50;
const REPORT_INTERVAL = 1_000;

export interface SenderOptions {
  readonly feed: Feed;
  readonly transport: Pick<PeerTransport, 'sendRun' | 'sendRtp' | 'resendRtp' | 'sendRtcp' | 'path'>;
  readonly plans: readonly TrackPlan[];
  readonly clock: Pick<Clock, 'utc' | 'monotonic' | 'after' | 'every'>;
  readonly random32: () => number;
  readonly cname: string;
  readonly playoutDelay: { readonly id: number; readonly min: number; readonly max: number } | undefined;
  /** Once: the peer can be sent nothing more. */
  readonly onEnd: (end: FeedEnd | 'too_slow') => void;
}

/** What a receiver reported last, and what was done for it. */
export interface SenderFigures {
  readonly bytes: number;
  readonly packets: number;
  /** Frames left out because the peer or its path did not keep up. */
  readonly skipped: number;
  /** What of the pictures its path is sent now. */
  readonly thinning: Thinning;
  /** Packets sent again. */
  readonly repaired: number;
  /** GOPs sent again because a picture was lost. */
  readonly replays: number;
  /** 0 to 1, of the video; 0 before the first report. */
  readonly fractionLost: number;
  /** Milliseconds; undefined before the first report that tells. */
  readonly roundTrip: number | undefined;
  /** Bits per second, where the receiver estimates it. */
  readonly estimate: number | undefined;
}

/**
 * Sends a feed to one connected peer: the GOP so far at once, its pictures 1 ms apart, then frames as they come;
 * repairs, replays and sender reports as the peer asks. A peer that does not keep up loses whole pictures up to
 * a key frame and then its place.
 */
export class Sender implements FeedReader, FeedbackEvents {
  readonly #options: SenderOptions;
  readonly #outgoing: readonly Outgoing[];
  readonly #lanes = new Map<FeedLane, Outgoing>();
  readonly #slow = new SlowReader();
  readonly #stops: (() => void)[] = [];
  readonly #burst: Burst;
  /** The one picture; sound is never sent in bursts. */
  readonly #video: Outgoing | undefined;
  /** Pictures are of no use to the peer until the next key frame. */
  #needsKey = true;
  #replayedAt = Number.NEGATIVE_INFINITY;
  #replays = 0;
  #fractionLost = 0;
  #roundTrip: number | undefined;
  #estimate: number | undefined;
  readonly #thinner = new Thinner();
  #thinned = 0;
  /** Octets of the video at the report before, when that was, and what it had come to. */
  #reported = { octets: 0, at: 0, highest: 0 };
  #over = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#outgoing = options.plans.map((plan) => new Outgoing({ ...options, plan }));
    this.#video = this.#outgoing.find(({ plan }) => plan.track.kind === 'video');
    this.#burst = new Burst({
      clock: options.clock,
      send: ({ frame, timestamp }) => this.#video?.send(frame, timestamp),
      queued: () => options.transport.path?.queued ?? 0,
    });
  }

  get figures(): SenderFigures {
    const sum = (of: (out: Outgoing) => number): number =>
      this.#outgoing.reduce((total, out) => total + of(out), 0);
    return {
      bytes: sum(({ octets }) => octets),
      packets: sum(({ packets }) => packets),
      skipped: this.#slow.skipped + this.#thinned,
      thinning: this.#thinner.thinning,
      repaired: sum(({ repaired }) => repaired),
      replays: this.#replays,
      fractionLost: this.#fractionLost,
      roundTrip: this.#roundTrip,
      estimate: this.#estimate,
    };
  }

  /** The transport is connected: begins to send. */
  start(): void {
    const { feed, clock } = this.#options;
    for (const out of this.#outgoing) {
      const lane = feed.lane(out.plan.track);
      // A track that changed since the offer: the peer was told of another one.
      if (!lane) {
        this.#end('tracks_changed');
        return;
      }
      this.#lanes.set(lane, out);
    }
    if (feed.reordered) {
      this.#end('reordered');
      return;
    }
    for (const [lane, out] of this.#lanes) if (out === this.#video) this.#join(lane, out);
    this.#stops.push(feed.attach(this));
    this.#stops.push(clock.after(FIRST_REPORT, () => this.#report()));
    this.#stops.push(clock.every(REPORT_INTERVAL, () => this.#report()));
  }

  /** Ends without a word; idempotent. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#burst.close();
    for (const out of this.#outgoing) out.close();
  }

  onFrame(lane: FeedLane, frame: PacketizedFrame): void {
    const out = this.#lanes.get(lane);
    if (!out || this.#over) return;
    const video = out === this.#video;
    const queued = (this.#options.transport.path?.queued ?? 0) + this.#burst.held;
    const key = frame.key && (video || !this.#video);
    const verdict = this.#slow.verdict(queued, key, this.#options.clock.monotonic());
    if (verdict === 'close') {
      this.#end('too_slow');
      return;
    }
    this.#needsKey ||= video && verdict === 'skip';
    if (verdict === 'skip' || (video && (this.#thins(frame) || (this.#needsKey && !frame.key)))) return;
    const timestamp = out.timestampOf(frame.time);
    if (video) this.#needsKey = !this.#burst.add({ frame, timestamp });
    else out.send(frame, timestamp);
  }

  onEnd(end: FeedEnd): void {
    this.#end(end);
  }

  /** A decrypted compound RTCP packet of the peer. */
  rtcp(b: Buffer, start: number, end: number): void {
    if (!this.#over) readFeedback(b, start, end, this);
  }

  onReport(report: ReceptionReport): void {
    const out = this.#outgoing.find(({ plan }) => plan.ssrc === report.ssrc);
    if (!out) return;
    if (out === this.#video) this.#hear(report, out);
    if (report.lastReport === 0) return;
    const now = ntpMiddle(this.#options.clock.utc());
    const trip = (now - report.lastReport - report.delay) >>> 0;
    // Clocks of two reports may differ by rounding; more than a minute is nonsense.
    if (trip < 60 * 65_536) this.#roundTrip = (trip * 1000) / 65_536;
  }

  onNack(ssrc: number, sequence: number): void {
    const out = this.#outgoing.find(({ plan }) => plan.ssrc === ssrc);
    if (!out || out.resend(sequence, this.#options.clock.monotonic())) return;
    // It will never come: a browser would wait for seconds before it asks for a key frame.
    if (out.plan.track.kind === 'video') this.onRefresh(ssrc);
  }

  onRefresh(ssrc: number): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#replayedAt < REPLAY_PAUSE || this.#burst.active || this.#needsKey) return;
    for (const [lane, out] of this.#lanes) {
      if (out.plan.ssrc === ssrc && out === this.#video) this.#replay(lane, out, now);
    }
  }

  onEstimate(bitrate: number): void {
    this.#estimate = bitrate;
  }

  /** Whether a picture is left out for the path's sake; behind a picture that others need, up to a key frame. */
  #thins(frame: PacketizedFrame): boolean {
    const thinner = this.#thinner;
    thinner.disposable ||= frame.disposable;
    const { thinning } = thinner;
    if (thinning === 'all' || frame.key || (thinning === 'references' && !frame.disposable)) return false;
    this.#thinned++;
    if (!frame.disposable) this.#needsKey = true;
    return true;
  }

  #hear({ fractionLost, highest }: ReceptionReport, { octets, first }: Outgoing): void {
    this.#fractionLost = fractionLost;
    const at = this.#options.clock.monotonic();
    const rate = ((octets - this.#reported.octets) * 8000) / Math.max(1, at - this.#reported.at);
    const packets = Math.max(0, highest - (this.#reported.highest || first));
    this.#reported = { octets, at, highest };
    this.#thinner.report(fractionLost, packets, rate, this.#estimate);
  }

  #end(end: FeedEnd | 'too_slow'): void {
    if (this.#over) return;
    this.close();
    this.#options.onEnd(end);
  }

  /** The pictures so far, close behind each other in time, the last one at its own time. */
  #join({ gop }: FeedLane, out: Outgoing): void {
    const last = gop.at(-1);
    if (!last) return;
    this.#needsKey = false;
    const ticks = (index: number): number => last.time - (gop.length - 1 - index) * SQUEEZED;
    this.#burst.start(gop.map((frame, index) => ({ frame, timestamp: out.timestampOf(ticks(index)) })));
  }

  /** The pictures so far again, all between the last one sent and the next. */
  #replay(lane: FeedLane, out: Outgoing, now: number): void {
    // Frames are in the GOP before each peer has had its turn with them.
    const gop = lane.gop.filter(({ time }) => time <= out.lastTime);
    if (gop.length === 0 || gop.length > REPLAY_TICKS) return;
    this.#replayedAt = now;
    this.#replays++;
    const step = Math.min(SQUEEZED, Math.floor(REPLAY_TICKS / gop.length));
    const from = out.lastTimestamp;
    const timed = (frame: PacketizedFrame, index: number): TimedFrame => {
      return { frame, timestamp: (from + (index + 1) * step) % 2 ** 32 };
    };
    this.#burst.start(gop.map(timed));
  }

  /** Sender reports of all tracks, by one clock, so that the peer plays them in step. */
  #report(): void {
    const { feed, clock } = this.#options;
    const utc = clock.utc();
    const seconds = feed.utc.secondsAt(utc);
    if (seconds === undefined) return;
    for (const out of this.#outgoing) out.report(seconds * out.plan.track.format.clockRate, utc);
  }
}

/** The middle 32 bits of NTP time (RFC 3550 4). */
function ntpMiddle(utc: number): number {
  return Math.floor((utc / 1000 + 2_208_988_800) * 65_536) % 2 ** 32;
}
