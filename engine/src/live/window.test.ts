import { describe, expect, it } from 'vitest';
import { audioTrack, type PlayOptions, Publisher, videoTrack } from '../testing/index.ts';
import type { LiveSegment, Rendition } from './rendition.ts';
import { LiveWindow } from './window.ts';

const LINGER = 15_000;

class Rig {
  readonly source: Publisher;
  readonly window: LiveWindow;
  idle = 0;

  constructor(
    options: ConstructorParameters<typeof Publisher>[0] = {},
    before: (source: Publisher) => void = () => undefined,
  ) {
    this.source = new Publisher(options);
    before(this.source);
    this.window = new LiveWindow({
      stream: this.source.stream,
      clock: this.source.clock,
      linger: LINGER,
      onIdle: () => this.idle++,
    });
  }

  get video(): Rendition {
    return this.window.video!;
  }

  get audio(): Rendition {
    return this.window.audio!;
  }

  /** Publishes media while somebody watches. */
  play(seconds: number, options?: PlayOptions): void {
    for (let left = seconds; left > 1e-9; left -= 5) {
      this.window.touch();
      this.source.play(Math.min(left, 5), options);
    }
  }

  /** Ends everything; every slab must be back. */
  end(): void {
    this.window.close();
    this.source.close();
    expect(this.source.pool.held).toBe(0);
    expect(this.source.clock.pending).toBe(0);
    expect(this.source.stream.readerCount).toBe(0);
  }
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
const durations = ({ segments }: Rendition): number[] => segments.map(({ duration }) => rounded(duration));
const partsOf = ({ segments }: Rendition): number[] =>
  segments.flatMap(({ parts }) => parts.map(({ duration }) => rounded(duration)));
const ofParts = ({ parts }: LiveSegment): number => parts.reduce((sum, { duration }) => sum + duration, 0);

describe('segments', () => {
  it('begin at key frames', () => {
    const rig = new Rig();
    rig.play(6.5, { gop: 50 });
    expect(durations(rig.video)).toEqual([2, 2, 2, 0.4]);
    expect(rig.video.segments.map(({ closed }) => closed)).toEqual([true, true, true, false]);
    for (const segment of rig.video.segments) {
      expect(segment.parts[0]!.independent).toBe(true);
      expect(segment.parts.slice(1).some(({ independent }) => independent)).toBe(false);
      expect(ofParts(segment)).toBeCloseTo(segment.duration, 9);
    }
    expect(rig.window.targetDuration).toBe(2);
    rig.end();
  });

  it('are no shorter than a second where key frames are close', () => {
    const rig = new Rig();
    rig.play(4.5, { gop: 10 });
    expect(durations(rig.video).slice(0, 3)).toEqual([1.2, 1.2, 1.2]);
    rig.end();
  });

  it('end after 8 s where key frames are minutes apart, and the target duration follows', () => {
    const rig = new Rig();
    rig.play(20, { gop: 100_000 });
    expect(durations(rig.video).slice(0, 2)).toEqual([8, 8]);
    expect(rig.window.targetDuration).toBe(8);
    rig.end();
  });

  it('leave at the old end, with their memory', () => {
    const rig = new Rig();
    rig.play(5, { gop: 25 });
    rig.play(30, { gop: 25, bytes: 20_000 });
    const { held } = rig.source.pool;
    rig.play(120, { gop: 25, bytes: 20_000 });
    expect(rig.video.segments.length).toBeLessThanOrEqual(8);
    expect(rig.video.segments.filter(({ closed }) => closed).length).toBe(7);
    expect(rig.source.pool.held).toBeLessThan(held * 2);
    const msns = rig.video.segments.map(({ msn }) => msn);
    expect(msns).toEqual(msns.map((_, at) => msns[0]! + at));
    rig.end();
  });

  it('are numbered by the second of the opening, so that a window opened again goes on above', () => {
    const rig = new Rig();
    rig.play(10);
    const last = rig.video.nextMsn;
    rig.window.close();
    rig.source.play(10);
    const again = new LiveWindow({
      stream: rig.source.stream,
      clock: rig.source.clock,
      linger: LINGER,
      onIdle: () => undefined,
    });
    rig.play(2);
    expect(again.video!.segments[0]!.msn).toBeGreaterThanOrEqual(last);
    again.close();
    rig.end();
  });
});

describe('parts', () => {
  it.each([5, 8, 10, 12.5, 15, 20, 25, 29.97, 30, 50, 60])(
    'of %d frames/s are no longer than announced, and as even as a player wants them',
    (fps) => {
      const rig = new Rig();
      rig.play(10, { fps, gop: Math.round(fps * 2) });
      const target = rig.video.partTarget;
      expect(target).toBeLessThanOrEqual(0.2501);
      for (const { parts, closed } of rig.video.segments) {
        for (const { duration } of parts) expect(duration).toBeLessThanOrEqual(target);
        const full = closed ? parts.slice(0, -1) : parts;
        for (const { duration } of full) expect(duration).toBeGreaterThanOrEqual(target * 0.85);
      }
      rig.end();
    },
  );

  it.each([1, 2, 3])('of %d frames/s are announced as long as a frame is', (fps) => {
    const rig = new Rig();
    rig.play(20, { fps, gop: fps * 4 });
    expect(rig.video.partTarget).toBeCloseTo(1 / fps, 2);
    expect(Math.max(...partsOf(rig.video))).toBeLessThanOrEqual(rig.video.partTarget);
    rig.end();
  });

  it('that a gap made longer are announced as such, until they have left', () => {
    const rig = new Rig();
    rig.play(3);
    rig.source.clock.advance(1_500);
    rig.source.lose();
    rig.source.setTracks([videoTrack()]);
    rig.play(2.1);
    const before = rig.video.partTarget;
    const { video } = rig.source;
    const now = rig.source.clock.monotonic() / 1000;
    rig.source.frame(video!, now, { key: false });
    rig.source.frame(video!, now + 1.5, { key: false });
    rig.source.frame(video!, now + 1.54, { key: true });
    expect(Math.max(...partsOf(rig.video))).toBeGreaterThan(1.4);
    expect(rig.video.partTarget).toBeGreaterThanOrEqual(Math.max(...partsOf(rig.video)));
    rig.source.clock.advance(1_600);
    rig.source.setTracks([videoTrack()]);
    rig.play(20);
    expect(rig.video.partTarget).toBe(before);
    rig.end();
  });

  it('hold the frames between their ends, byte for byte', () => {
    const rig = new Rig();
    const sent: Buffer[] = [];
    rig.source.stream.attach(
      {
        onTracks: () => undefined,
        onFrame: ({ slab, payload, end }) => sent.push(Buffer.from(slab.buffer.subarray(payload, end))),
        onEnd: () => undefined,
      },
      false,
    );
    rig.play(4.02, { bytes: 3_000 });
    const bytes = Buffer.concat(
      rig.video.segments.flatMap(({ parts }) => parts.flatMap(({ ranges }) => ranges.buffers())),
    );
    const payloads: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = bytes.readUInt32BE(at + 104);
      payloads.push(bytes.subarray(at + 112, at + 104 + size));
      at += 104 + size;
    }
    expect(payloads.length).toBeGreaterThan(90);
    expect(Buffer.concat(payloads).equals(Buffer.concat(sent.slice(0, payloads.length)))).toBe(true);
    rig.end();
  });
});

describe('sound', () => {
  it('is cut where the picture is', () => {
    const rig = new Rig({ tracks: [videoTrack(), audioTrack()] });
    rig.play(11, { gop: 50 });
    const [video, audio] = [rig.video.segments, rig.audio.segments];
    expect(audio.map(({ msn }) => msn)).toEqual(video.map(({ msn }) => msn));
    expect(audio.map(({ parts }) => parts.length)).toEqual(video.map(({ parts }) => parts.length));
    for (const [at, segment] of video.entries())
      if (segment.closed) expect(Math.abs(audio[at]!.duration - segment.duration)).toBeLessThanOrEqual(0.064);
    expect(Math.max(...partsOf(rig.audio))).toBeLessThanOrEqual(rig.audio.partTarget);
    expect(rig.audio.partTarget).toBeCloseTo(0.2 + 0.064, 3);
    rig.end();
  });

  it('alone has a window as well', () => {
    const rig = new Rig({ tracks: [audioTrack()] });
    rig.play(6);
    expect(rig.window.video).toBeUndefined();
    expect(rig.audio.segments.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...partsOf(rig.audio))).toBeLessThanOrEqual(rig.audio.partTarget);
    rig.end();
  });

  it('that goes and comes back is numbered above what it was', () => {
    const rig = new Rig({ tracks: [videoTrack(), audioTrack()] });
    rig.play(5);
    const last = rig.audio.nextMsn;
    rig.source.setTracks([videoTrack()]);
    rig.play(5);
    expect(rig.window.audio).toBeUndefined();
    rig.source.setTracks([videoTrack(), audioTrack()]);
    rig.play(5);
    expect(rig.audio.segments[0]!.msn).toBeGreaterThanOrEqual(last);
    rig.end();
  });
});

describe('a source', () => {
  it('that returns makes a discontinuity', () => {
    const rig = new Rig();
    rig.play(2.5);
    rig.source.lose();
    expect(rig.video.segments.every(({ closed }) => closed)).toBe(true);
    rig.source.clock.advance(3_000);
    rig.source.setTracks([videoTrack()]);
    rig.play(2.5);
    expect(rig.video.segments.map(({ discontinuity }) => discontinuity)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(rig.video.segments.map(({ generation }) => generation)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(rig.video.segments[3]!.utc).toBe(rig.video.segments[2]!.utc + 3_500);
    rig.end();
  });

  it('that changes its format needs another init segment, and the old one is there as long as it is needed', () => {
    const rig = new Rig();
    rig.play(2.5);
    const [old] = rig.source.stream.tracks;
    rig.source.setTracks([videoTrack(1)]);
    rig.play(2.5);
    expect(rig.window.tracksOf(1)).toEqual([old]);
    expect(rig.window.tracksOf(2)).toEqual(rig.source.stream.tracks);
    expect(rig.window.tracksOf(3)).toBeUndefined();
    rig.play(20);
    expect(rig.window.tracksOf(2)).toEqual(rig.source.stream.tracks);
    rig.source.setTracks([videoTrack()]);
    expect(rig.window.tracksOf(1)).toBeUndefined();
    expect(rig.video.discontinuitiesGone).toBe(1);
    rig.end();
  });

  it('that is announced over and over without media takes no init segment from those who need it', () => {
    const rig = new Rig();
    rig.play(2.5);
    for (let i = 0; i < 50; i++) rig.source.setTracks([videoTrack(i % 2)]);
    expect(rig.window.tracksOf(1)).toBeDefined();
    rig.end();
  });

  it('that flaps keeps the window small', () => {
    const rig = new Rig();
    for (let i = 0; i < 100; i++) {
      rig.play(0.6);
      rig.source.lose();
      rig.source.setTracks([videoTrack()]);
    }
    expect(rig.video.segments.length).toBeLessThanOrEqual(8);
    rig.end();
  });

  it('that goes in a long segment leaves a target duration that holds', () => {
    const rig = new Rig();
    rig.play(5.8, { gop: 500 });
    rig.source.lose();
    expect(rig.window.targetDuration).toBe(6);
    rig.end();
  });
});

describe('the GOP cache', () => {
  it('fills the window at once', () => {
    const rig = new Rig({}, (source) => source.play(3.9, { gop: 50 }));
    expect(rig.video.segments.length).toBe(1);
    expect(rig.video.segments[0]!.parts.length).toBe(9);
    expect(rig.video.segments[0]!.parts[0]!.independent).toBe(true);
    rig.end();
  });
});

describe('waiting', () => {
  it('ends with the part that was waited for, exactly', async () => {
    const rig = new Rig();
    rig.play(1);
    let done: boolean | undefined;
    const before = partsOf(rig.video).length;
    const wanted = (): boolean => partsOf(rig.video).length >= before + 2;
    void rig.window.until(wanted, 5_000, new AbortController().signal).then((result) => {
      done = result;
    });
    for (let i = 0; i < 60 && done === undefined; i++) {
      expect(wanted()).toBe(false);
      rig.play(0.04);
      await Promise.resolve();
      await Promise.resolve();
      expect(done).toBe(wanted() ? true : undefined);
    }
    expect(done).toBe(true);
    rig.end();
  });

  it('is over at once when there is nothing to wait for, when it was given up, and when the window is closed', async () => {
    const rig = new Rig();
    const { signal } = new AbortController();
    expect(await rig.window.until(() => true, 5_000, signal)).toBe(true);
    expect(await rig.window.until(() => false, 5_000, AbortSignal.abort())).toBe(false);
    rig.end();
    expect(await rig.window.until(() => false, 5_000, signal)).toBe(false);
    expect(await rig.window.until(() => true, 5_000, signal)).toBe(true);
  });

  it('that goes wrong is the matter of who waits', async () => {
    const rig = new Rig();
    rig.play(1);
    let asked = 0;
    const broken = rig.window.until(
      () => {
        if (++asked > 1) throw new RangeError('too far ahead');
        return false;
      },
      5_000,
      new AbortController().signal,
    );
    const outcome = expect(broken).rejects.toThrow('too far ahead');
    expect(() => rig.source.play(1)).not.toThrow();
    await outcome;
    expect(asked).toBe(2);
    rig.end();
  });

  it('is staying: a window is not given up under somebody who waits again and again', async () => {
    const rig = new Rig();
    for (let i = 0; i < 6; i++) {
      const waited = rig.window.until(() => false, 10_000, new AbortController().signal);
      rig.source.play(10);
      expect(await waited).toBe(false);
    }
    expect(rig.idle).toBe(0);
    rig.end();
  });

  it('ends with the time, the viewer and the window, and leaves nothing', async () => {
    const rig = new Rig();
    const gone = new AbortController();
    const never = (): boolean => false;
    const timers = rig.source.clock.pending;
    const late = rig.window.until(never, 2_000, new AbortController().signal);
    const aborted = rig.window.until(never, 60_000, gone.signal);
    const closed = rig.window.until(never, 60_000, new AbortController().signal);
    expect(rig.source.clock.pending).toBe(timers + 3);
    rig.source.clock.advance(2_000);
    expect(await late).toBe(false);
    gone.abort();
    expect(await aborted).toBe(false);
    expect(rig.source.clock.pending).toBe(timers + 1);
    rig.end();
    expect(await closed).toBe(false);
  });
});

describe('the window', () => {
  it('goes with the last request, not before, and is closed once', () => {
    const rig = new Rig();
    for (let i = 0; i < 10; i++) {
      rig.source.play(10);
      expect(rig.idle).toBe(0);
      rig.window.touch();
    }
    rig.source.play(14.9);
    expect(rig.idle).toBe(0);
    rig.source.play(2);
    expect(rig.idle).toBe(1);
    rig.source.play(60);
    expect(rig.idle).toBe(1);
    rig.end();
  });

  it('ends with the stream', () => {
    const rig = new Rig();
    rig.source.play(3);
    rig.source.close();
    expect(rig.idle).toBe(1);
    rig.end();
  });
});
