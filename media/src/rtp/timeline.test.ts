import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionTimeline } from './session-timeline.ts';
import type { TrackTimeline } from './timeline.ts';

const VIDEO = 90_000;
const AUDIO = 16_000;
const UNIT = 1024;
const wrap = (timestamp: number) => ((Math.round(timestamp) % 2 ** 32) + 2 ** 32) % 2 ** 32;

/** One track of a camera: what it films at `seconds` has this RTP time. */
class CameraTrack {
  readonly timeline: TrackTimeline;
  readonly rate: number;
  base: number;
  /** RTP seconds per second. */
  speed = 1;
  readonly ticks: number[] = [];
  last = 0;

  constructor(session: SessionTimeline, rate: number, base: number) {
    this.timeline = session.track(rate);
    this.rate = rate;
    this.base = base;
  }

  rtp(seconds: number): number {
    return wrap(this.base + seconds * this.speed * this.rate);
  }

  /** Filmed at `seconds`, arrived at `arrival`. Returns media seconds. */
  frame(seconds: number, arrival = seconds): number {
    this.last = this.timeline.ticks(this.rtp(seconds), arrival * 1000);
    this.ticks.push(this.last);
    return this.last / this.rate;
  }
}

function camera(options: { zero?: number; floor?: number; bases?: [number, number] } = {}) {
  const session = new SessionTimeline(options.zero ?? 0, options.floor);
  const [videoBase, audioBase] = options.bases ?? [4_000_000_000, 77];
  const video = new CameraTrack(session, VIDEO, videoBase);
  const audio = new CameraTrack(session, AUDIO, audioBase);
  /** By the camera's clock, which is `off` seconds wrong. */
  const report = (track: CameraTrack, seconds: number, off = 0) =>
    session.report(track.timeline, { ntp: 1.7e9 + seconds + off, timestamp: track.rtp(seconds) });
  let shown = 0;
  let heard = 0;
  /** Both tracks until `to` seconds, with reports each 5 s where `jitter` is given. */
  const play = (to: number, jitter?: (report: number, track: CameraTrack) => number) => {
    for (; shown < to * 25; shown++) {
      const at = shown / 25;
      video.frame(at);
      for (; (heard * UNIT) / AUDIO < at + 0.04; heard++) audio.frame((heard * UNIT) / AUDIO, at + 0.04);
      if (jitter && shown % 125 === 60) report(video, at, jitter(shown, video));
      if (jitter && shown % 125 === 100) report(audio, at, jitter(shown, audio));
    }
  };
  return { session, video, audio, report, play };
}

/** Seconds by which the track's media time of something filmed at `seconds` is behind the other's. */
const skew = (one: CameraTrack, other: CameraTrack, seconds: number) =>
  other.timeline.secondsOf(other.rtp(seconds)) - one.timeline.secondsOf(one.rtp(seconds));

function expectRising(ticks: readonly number[]): void {
  for (let i = 1; i < ticks.length; i++) expect(ticks[i]! - ticks[i - 1]!).toBeGreaterThan(0);
}

const steps = (ticks: readonly number[]) => ticks.slice(1).map((one, i) => one - ticks[i]!);

interface Event {
  readonly kind: string;
  readonly time: number;
  readonly ntp: number;
  readonly wait: number;
}

const anyEvent: fc.Arbitrary<Event> = fc.record({
  kind: fc.constantFrom('video', 'audio', 'video report', 'audio report'),
  time: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 20 * VIDEO })),
  ntp: fc.oneof(fc.double({ noNaN: true, min: -3e9, max: 5e9 }), fc.double({ noNaN: true, min: 0, max: 20 })),
  wait: fc.nat({ max: 3000 }),
});

/** Feeds events to two tracks. Returns the ticks of the picture. */
function feed(events: readonly Event[], reports: boolean): number[] {
  const session = new SessionTimeline(0);
  const tracks = { video: session.track(VIDEO), audio: session.track(AUDIO) };
  for (const track of Object.values(tracks)) track.ticks(0, 0);
  const seen: number[] = [];
  let now = 0;
  for (const { kind, time: timestamp, ntp, wait } of events) {
    now += wait;
    const track = kind.startsWith('video') ? tracks.video : tracks.audio;
    const ticks = kind.endsWith('report') ? undefined : track.ticks(timestamp, now);
    if (ticks === undefined && reports) session.report(track, { ntp, timestamp });
    if (ticks !== undefined) expect(Number.isSafeInteger(ticks)).toBe(true);
    if (ticks !== undefined && track === tracks.video) seen.push(ticks);
  }
  return seen;
}

describe('one track', () => {
  it('begins where it arrived and follows RTP time exactly', () => {
    const { video } = camera({ zero: 500 });
    expect(video.frame(2)).toBe(1.5);
    for (let i = 1; i < 100; i++) video.frame(2 + i / 25, 2 + i / 25 + (i % 7) / 30);
    expect(new Set(steps(video.ticks))).toEqual(new Set([3600]));
  });

  it('quirk 53: passes the wrap of 32 bits', () => {
    const { video } = camera({ bases: [2 ** 32 - 10_000, 0] });
    for (let i = 0; i < 50; i++) video.frame(i / 25);
    expect(new Set(steps(video.ticks))).toEqual(new Set([3600]));
    const { video: twice } = camera({ bases: [0, 0] });
    const day = 86_400;
    for (let s = 0; s < day; s++) twice.frame(s);
    expect(twice.last).toBe((day - 1) * VIDEO);
  });

  it.each([
    ['hours ahead', 5 * 3600],
    ['hours back', -5 * 3600],
    ['3 s ahead', 3],
    ['1 s back', -1],
  ])('quirk 53: RTP time leaps %s: no gap, nothing goes back', (_name, leap) => {
    const { video } = camera();
    for (let i = 0; i < 100; i++) video.frame(i / 25);
    video.base += leap * VIDEO;
    for (let i = 100; i < 200; i++) video.frame(i / 25);
    expect(new Set(steps(video.ticks))).toEqual(new Set([3600]));
  });

  it('quirk 53: after packets lost in a stall, what arrives is where it was filmed', () => {
    const { video } = camera();
    for (let i = 0; i < 100; i++) video.frame(i / 25);
    // Frames 100 to 149 wait in the network, 150 to 199 were dropped by the camera.
    for (let i = 100; i < 150; i++) video.frame(i / 25, 8);
    expect(video.frame(8, 8)).toBe(8);
    expect(Math.max(...steps(video.ticks))).toBe(51 * 3600);
  });

  it('B-frames go back and forth untouched', () => {
    const { video } = camera();
    for (let i = 0; i < 30; i++) for (const k of [3, 1, 2]) video.frame((i * 3 + k) / 25, (i * 3 + k) / 25);
    expect(new Set(steps(video.ticks))).toEqual(new Set([-2 * 3600, 3600, 4 * 3600]));
  });

  it('a pause without RTP time goes on at arrival', () => {
    const { video } = camera();
    video.frame(0);
    video.base -= 60 * VIDEO;
    expect(video.frame(60.04)).toBeCloseTo(60.04, 3);
  });

  it('quirk 55: a burst of seconds at the start keeps its times', () => {
    const { video } = camera();
    // Frames come in pairs, 20 and 60 ms apart.
    const filmed = Array.from({ length: 500 }, (_, i) => i / 25 - (i % 2) * 0.02);
    for (const [i, at] of filmed.entries()) video.frame(at, Math.max(0.001 * i, at - 3.9));
    expect(video.ticks).toEqual(filmed.map((at) => Math.round(at * VIDEO)));
  });

  it('quirk 55: a burst of half a minute is brought back smoothly', () => {
    const { video } = camera();
    for (let i = 0; i < 750; i++) video.frame(i / 25, 0.001 * i);
    for (let i = 750; i < 4000; i++) video.frame(i / 25, i / 25 - 29.25);
    expectRising(video.ticks);
    expect(Math.max(...steps(video.ticks))).toBe(3600);
    expect(Math.min(...steps(video.ticks))).toBeGreaterThanOrEqual(1800);
    expect(video.last / VIDEO - (3999 / 25 - 29.25)).toBeLessThan(6);
  });

  it.each([
    ['runs at 21 of the 25 frames it declares', 21 / 25],
    ['runs a third too fast', 4 / 3],
    ['drifts 100 ppm', 1.0001],
    ['drifts -100 ppm', 0.9999],
  ])('quirks 54, 56: a clock that %s stays near arrival without a leap', (_name, speed) => {
    const { video } = camera();
    video.speed = speed;
    // Ten fps is enough: two days.
    const frames = speed > 1.001 || speed < 0.999 ? 20_000 : 1_728_000;
    let worst = 0;
    let [least, most] = [1, 0];
    let previous = -0.1;
    for (let i = 0; i < frames; i++) {
      const media = video.timeline.ticks(video.rtp(i / 10), i * 100) / VIDEO;
      worst = Math.max(worst, Math.abs(media - i / 10));
      least = Math.min(least, media - previous);
      most = Math.max(most, media - previous);
      previous = media;
    }
    expect(least).toBeGreaterThan(0);
    expect(most).toBeLessThan(0.16);
    expect(worst).toBeLessThan(8);
  });

  it('ticks may have another rate than RTP time', () => {
    const session = new SessionTimeline(0);
    const track = session.track(22_050);
    track.output(44_100);
    expect([0, 1, 2].map((i) => track.ticks(i * 1024, 1000))).toEqual([44_100, 46_148, 48_196]);
    track.output(22_050);
    expect(track.ticks(3 * 1024, 1000)).toBe(24_098 + 1024);
  });

  it('a new session begins behind what was published before', () => {
    const { video, audio } = camera({ floor: 12 });
    for (const track of [video, audio]) track.timeline.announced = track.rtp(10);
    expect(audio.frame(10.2, 10)).toBe(12.5);
    // The picture begins before the sound that came first.
    expect(video.frame(10, 10)).toBeCloseTo(12.3, 4);
    const late = camera({ floor: 12 });
    expect(late.video.frame(20)).toBe(20);
  });
});

describe('two tracks', () => {
  it('without any hint are placed by arrival', () => {
    const { video, audio } = camera();
    expect(video.frame(1, 1)).toBe(1);
    expect(audio.frame(0.9, 1.05)).toBe(1.05);
  });

  it('RTP-Info puts them in step whatever arrives first', () => {
    for (const first of ['video', 'audio'] as const) {
      const { video, audio } = camera();
      for (const track of [video, audio]) track.timeline.announced = track.rtp(100);
      if (first === 'video') video.frame(104, 5);
      audio.frame(100.5, 5.5);
      if (first === 'audio') video.frame(104, 9);
      expect(Math.abs(skew(video, audio, 104))).toBeLessThan(1e-4);
      expect(Math.min(video.ticks[0]! / VIDEO, audio.ticks[0]! / AUDIO)).toBeGreaterThanOrEqual(0);
    }
  });

  it('nothing lies before the start of the stream', () => {
    const { video, audio } = camera();
    for (const track of [video, audio]) track.timeline.announced = track.rtp(100);
    expect(video.frame(100.2, 0.1)).toBeCloseTo(0.1, 6);
    expect(audio.frame(99.5, 0.1)).toBe(0);
  });

  it.each([
    ['of hours ago', -3600 * 4],
    ['of tomorrow', 3600 * 9],
  ])('quirk 31: an invented rtptime %s is not believed', (_name, off) => {
    const { video, audio } = camera();
    video.timeline.announced = video.rtp(10);
    audio.timeline.announced = audio.rtp(10 + off);
    expect(video.frame(10, 1)).toBe(1);
    expect(audio.frame(10, 1)).toBe(1);
  });

  it.each([
    ['with RTP-Info', true],
    ['without RTP-Info, sound 35 ms late', false],
  ])('what a GStreamer camera told: %s', (_name, announced) => {
    const session = new SessionTimeline(0);
    const video = session.track(90_000);
    const audio = session.track(48_000);
    const [videoStart, audioStart] = [3_360_171_300, 3_948_168_464];
    if (announced) {
      video.announced = videoStart;
      audio.announced = audioStart;
    }
    video.ticks(videoStart, 267);
    audio.ticks(audioStart, announced ? 264 : 302);
    const moved =
      session.report(audio, { ntp: 1795190911.108945, timestamp: 3_948_268_937 }) +
      session.report(video, { ntp: 1795190911.699044, timestamp: 3_360_412_794 }) +
      session.report(audio, { ntp: 1795190914.865604, timestamp: 3_948_449_256 }) +
      session.report(video, { ntp: 1795190916.547921, timestamp: 3_360_849_193 });
    expect(moved).toBeCloseTo(announced ? 0 : -0.035, 4);
    expect(Math.abs(audio.secondsOf(audioStart) - video.secondsOf(videoStart))).toBeLessThan(1e-4);
  });

  it('a sender report moves the second track', () => {
    const { video, audio, report } = camera();
    video.frame(1, 1);
    // The first sound arrives 300 ms late.
    audio.frame(1, 1.3);
    report(video, 1.5);
    expect(report(audio, 1.6)).toBeCloseTo(-0.3, 4);
    for (let k = 1; k < 40; k++) audio.frame(1 + (k * UNIT) / AUDIO);
    expectRising(audio.ticks);
    expect(audio.last / AUDIO).toBeCloseTo(1 + (39 * UNIT) / AUDIO, 3);
    expect(Math.min(...steps(audio.ticks))).toBeGreaterThanOrEqual(UNIT / 2);
  });

  it('reports before the first packet place the second track at once (quirk 32)', () => {
    const { video, audio, report } = camera();
    report(audio, 0.9);
    report(video, 0.9);
    video.frame(1, 1);
    audio.frame(1, 1.3);
    expect(Math.abs(skew(video, audio, 1))).toBeLessThan(1e-4);
  });

  it.each([
    ['picture', 4],
    ['sound', -4],
  ])('quirk 58: a burst of seconds of %s alone is put right by the first reports', (_name, off) => {
    const { video, audio, report } = camera();
    /** The `i`-th frame; what a track has too much at the start was filmed before 10 s. */
    const frame = (track: CameraTrack, i: number, length: number, early: number) => {
      const filmed = 10 - early + i * length;
      track.frame(filmed, Math.max(10 + 0.001 * i, filmed));
    };
    const until = (from: number, to: number) => {
      for (let i = from * 25; i < to * 25; i++) frame(video, i, 1 / 25, Math.max(0, off));
      for (let i = from * 15; i < to * 15; i++) frame(audio, i, UNIT / AUDIO, Math.max(0, -off));
    };
    until(0, 4);
    report(video, 10);
    expect(report(audio, 10)).toBeCloseTo(off, 3);
    until(4, 12);
    expect(Math.abs(skew(video, audio, 11))).toBeLessThan(0.001);
  });

  it.each([
    ['GStreamer: exact', () => 0],
    ['up to 40 ms of noise', (i: number) => ((Math.sin(i * 12.9898) * 43_758.5453) % 0.08) / 2],
    ['a clock wrong by hours', () => -7200],
    ['a clock that drifts 1 s a minute', (i: number) => i / 1500],
    ['a clock that is set by an hour between two reports', (i: number) => (i > 1590 ? 3600 : 0)],
    ['a clock that is set by a second between two reports', (i: number) => (i > 1590 ? 1 : 0)],
  ])('in step within half a frame for ten minutes: %s (quirk 54)', (_name, jitter) => {
    const { video, audio, play } = camera();
    for (const track of [video, audio]) track.timeline.announced = track.rtp(0);
    for (let at = 0; at < 600; at += 5) {
      play(at + 5, jitter);
      expect(Math.abs(skew(video, audio, at))).toBeLessThan(0.02);
    }
    expectRising(video.ticks);
    expectRising(audio.ticks);
    expect(new Set(steps(video.ticks))).toEqual(new Set([3600]));
  });

  it.each([0.04, -0.04])('reports that say %f s again and again are believed', (off) => {
    const { video, audio, play } = camera();
    for (const track of [video, audio]) track.timeline.announced = track.rtp(0);
    play(30, (_i, track) => (track === audio ? off : 0));
    expect(skew(video, audio, 30)).toBeCloseTo(off, 3);
    expectRising(audio.ticks);
  });

  it('a sound clock that drifts against the picture is followed', () => {
    const { video, audio, play } = camera();
    audio.speed = 1.0005;
    for (let at = 0; at < 600; at += 5) play(at + 5, () => 0);
    expect(Math.abs(skew(video, audio, 600))).toBeLessThan(0.02);
    expectRising(audio.ticks);
  });

  it('quirk 53: tracks that leap together stay in step', () => {
    const { video, audio, play } = camera();
    for (const track of [video, audio]) track.timeline.announced = track.rtp(0);
    play(10, () => 0);
    for (const leap of [7 * 3600, -9 * 3600, 2.5, -40]) {
      for (const track of [video, audio]) track.base += leap * track.rate;
      const to = video.ticks.length / 25 + 20;
      play(to);
      expect(Math.abs(skew(video, audio, to))).toBeLessThan(0.001);
    }
    expectRising(video.ticks);
    expectRising(audio.ticks);
  });

  it('a report of before a leap says nothing about after it', () => {
    const { video, audio, play, report } = camera();
    play(5, () => 0);
    video.base += 3 * VIDEO;
    audio.base += 6 * AUDIO;
    play(6);
    expect(report(audio, 6)).toBe(0);
    // Tracks that leapt apart are aligned anew by the first reports.
    audio.base += 20 * AUDIO;
    video.base += 26 * VIDEO;
    play(7);
    report(audio, 7);
    report(video, 7);
    expect(Math.abs(skew(video, audio, 7))).toBeLessThan(0.001);
  });

  it.each([
    ['hours apart', () => 3600],
    ['anywhere within seconds', (i: number) => 1 + ((i * 37) % 97) / 20],
  ])('reports of sound %s from those of the picture move nothing', (_name, off) => {
    const { video, audio, play } = camera();
    for (const track of [video, audio]) track.timeline.announced = track.rtp(0);
    play(120, (i, track) => (track === audio ? off(i) : 0));
    expect(Math.abs(skew(video, audio, 120))).toBeLessThan(0.001);
  });

  it('reports hours apart do not align what nothing aligned', () => {
    const { video, audio, play } = camera();
    play(60, (_i, track) => (track === audio ? 3600 : 0));
    expect(Math.abs(skew(video, audio, 60))).toBeLessThan(0.05);
  });

  it('sound whose clock is wrong by half stays near, and leaves the picture alone', () => {
    const { video, audio, play } = camera();
    audio.speed = 1.5;
    play(300);
    expect(new Set(steps(video.ticks))).toEqual(new Set([3600]));
    expectRising(audio.ticks);
    expect(Math.abs(audio.last / AUDIO - 300)).toBeLessThan(13);
  });

  it('sound that begins after a burst was steered away is placed once', () => {
    const { video, audio } = camera();
    for (let i = 0; i < 750; i++) video.frame(i / 25, 0.001 * i);
    for (let i = 750; i < 4000; i++) video.frame(i / 25, i / 25 - 29.25);
    for (let i = 0; i < 50; i++) audio.frame(200 + (i * UNIT) / AUDIO, 130 + (i * UNIT) / AUDIO);
    expect(audio.ticks[0]).toBe(130 * AUDIO);
    expect(new Set(steps(audio.ticks))).toEqual(new Set([UNIT]));
  });

  it('garbage gives finite ticks that rise but for half a second, and reports never move the picture', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const seen = feed(events, true);
        let highest = 0;
        for (const ticks of seen) {
          expect(ticks).toBeGreaterThanOrEqual(highest - VIDEO / 2);
          highest = Math.max(highest, ticks);
        }
        // Two tracks that leap at the same time look at each other, so only the picture is compared.
        const pictures = events.filter(({ kind }) => kind !== 'audio');
        expect(feed(pictures, true)).toEqual(feed(pictures, false));
      }),
      { seed: 54, numRuns: 10_000 },
    );
  });
});
