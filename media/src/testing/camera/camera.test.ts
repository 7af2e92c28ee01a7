import { beforeAll, describe, expect, it } from 'vitest';
import { NAL, nalType } from '../../codecs/index.ts';
import { type Frame, type Reader, SlabPool, type Track } from '../../stream/index.ts';
import { FakeClock } from '../fake-clock.ts';
import { SyntheticCamera, type SyntheticCameraOptions } from './camera.ts';
import { type Clip, loadClip } from './clip.ts';
import { Wheel } from './wheel.ts';

let yard: Clip;
let door: Clip;
beforeAll(async () => {
  [yard, door] = await Promise.all([loadClip('yard'), loadClip('door')]);
});

interface Seen {
  readonly kind: Track['kind'];
  readonly dts: number;
  readonly key: boolean;
  readonly arrival: number;
  /** Monotonic time of the call. */
  readonly at: number;
  readonly bytes: Buffer;
}

class Collector implements Reader {
  readonly seen: Seen[] = [];
  tracks: readonly Track[] = [];
  ended = false;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  onTracks(tracks: readonly Track[]): void {
    this.tracks = tracks;
  }

  onFrame(frame: Frame): void {
    const { dts, key, arrival, slab, payload, end } = frame;
    const bytes = Buffer.from(slab.buffer.subarray(payload, end));
    this.seen.push({ kind: frame.track.kind, dts, key, arrival, at: this.#clock.monotonic(), bytes });
  }

  onEnd(): void {
    this.ended = true;
  }

  of(kind: Track['kind']): Seen[] {
    return this.seen.filter((frame) => frame.kind === kind);
  }
}

/** Begins `into` milliseconds after a full minute of UTC. */
function setUp(into: number, options: Partial<SyntheticCameraOptions> = {}) {
  const clock = new FakeClock({ utc: Date.UTC(2026, 5, 1, 12, 34) + into });
  const wheel = new Wheel(clock, 0);
  const camera = new SyntheticCamera({
    clip: yard,
    phase: 0,
    startAt: 'cached',
    wheel,
    pool: new SlabPool(),
    ...options,
  });
  const reader = new Collector(clock);
  return { clock, wheel, camera, reader };
}

/** Which of the clip's 1500 pictures a frame is. */
function picture(clip: Clip, { bytes }: Seen): number {
  return clip.video.frames.findIndex(({ units }) =>
    bytes.subarray(-units.at(-1)!.length).equals(units.at(-1)!),
  );
}

const steps = (frames: readonly Seen[]) =>
  new Set(frames.slice(1).map(({ dts }, index) => dts - frames[index]!.dts));

describe('SyntheticCamera', () => {
  it('publishes each frame at the time burned into it', () => {
    const { clock, camera, reader } = setUp(12_000);
    camera.stream.attach(reader, true);
    clock.advance(999);
    const video = reader.of('video');
    expect(video.map((frame) => picture(yard, frame))).toEqual(Array.from({ length: 25 }, (_, k) => 300 + k));
    expect(video.map(({ at }) => at)).toEqual(
      Array.from({ length: 25 }, (_, k) => expect.closeTo(k * 40, 2)),
    );
    expect(video.every(({ at, arrival }) => Math.abs(arrival - clock.utc() + 999 - at) < 0.01)).toBe(true);
  });

  it.each([1, 10, 75, 3600])(
    'publishes exactly 25 pictures and 46.875 access units a second for %i s',
    (seconds) => {
      const { clock, camera, reader } = setUp(0);
      let [video, audio] = [0, 0];
      camera.stream.attach(reader, true);
      reader.onFrame = (frame) => void (frame.track.kind === 'video' ? video++ : audio++);
      [video, audio] = [reader.of('video').length, reader.of('audio').length];
      clock.advance(seconds * 1000 - 0.5);
      expect([video, audio]).toEqual([seconds * 25, Math.ceil(seconds * 46.875)]);
    },
  );

  it('keeps time stamps rising by one frame distance across the seams of both loops', () => {
    const { clock, camera, reader } = setUp(57_000);
    camera.stream.attach(reader, true);
    clock.advance(15_000);
    expect(steps(reader.of('video'))).toEqual(new Set([3600]));
    expect(steps(reader.of('audio'))).toEqual(new Set([1024]));
    const pictures = reader.of('video').map((frame) => picture(yard, frame));
    expect(pictures.slice(98, 103)).toEqual([1498, 1499, 0, 1, 2]);
  });

  it('keeps sound and picture on one time line: same media time, same moment', () => {
    const { clock, camera, reader } = setUp(41_234);
    camera.stream.attach(reader, true);
    const from = reader.seen.length;
    clock.advance(90_000);
    const zeros = reader.seen.slice(from).map(({ kind, dts, at }) => at - dts / (kind === 'video' ? 90 : 48));
    expect(Math.max(...zeros) - Math.min(...zeros)).toBeLessThan(0.05);
  });

  it('ticks with the first access unit of each 8 s of UTC', () => {
    const { clock, camera, reader } = setUp(8_000 - (Date.UTC(2026, 5, 1, 12, 34) % 8_000));
    camera.stream.attach(reader, true);
    clock.advance(8_100);
    const audio = reader.of('audio');
    const firstUnit = yard.audio!.frames[0]!.units[0]!;
    const ticks = audio.filter(({ bytes }) => bytes.equals(firstUnit)).map(({ arrival }) => arrival % 8000);
    expect(ticks).toEqual([expect.closeTo(0, 2), expect.closeTo(0, 2)]);
  });

  it('runs behind UTC by its phase', () => {
    const { clock, camera, reader } = setUp(30_000, { phase: 4_000 });
    camera.stream.attach(reader, true);
    clock.advance(10);
    expect(picture(yard, reader.of('video')[0]!)).toBe(650);
  });

  it('gives the first reader the frames since the last key frame, later ones the same', () => {
    const { clock, camera, reader } = setUp(13_700);
    camera.stream.attach(reader, true);
    expect(reader.seen[0]).toMatchObject({ kind: 'video', key: true, dts: 0 });
    expect(reader.of('video')).toHaveLength(43);
    clock.advance(1_000);
    const second = new Collector(clock);
    camera.stream.attach(second, true);
    expect(picture(yard, second.seen[0]!)).toBe(350);
    expect(second.of('video')).toHaveLength(18);
  });

  it('waits for the next key frame with startAt next-key', () => {
    const { clock, camera, reader } = setUp(13_700, { startAt: 'next-key' });
    camera.stream.attach(reader, true);
    clock.advance(299);
    expect(reader.seen).toHaveLength(0);
    clock.advance(2);
    expect(reader.seen[0]).toMatchObject({ kind: 'video', key: true });
    expect(picture(yard, reader.seen[0]!)).toBe(350);
  });

  it('sends parameter sets before each key frame and no delimiters', () => {
    const { clock, camera, reader } = setUp(0);
    camera.stream.attach(reader, true);
    clock.advance(2_500);
    for (const { bytes, key } of reader.of('video')) {
      expect(nalType(bytes, 4)).toBe(key ? NAL.sps : NAL.slice);
    }
  });

  it('sleeps 5 s after the last reader left, without a timer, and goes on where time is then', () => {
    const { clock, camera, reader } = setUp(0);
    expect(clock.pending).toBe(0);
    const detach = camera.stream.attach(reader, true);
    clock.advance(1_000);
    detach();
    clock.advance(6_000);
    expect(clock.pending).toBe(0);
    const again = new Collector(clock);
    clock.advance(20_500);
    camera.stream.attach(again, true);
    expect(picture(yard, again.seen[0]!)).toBe(650);
    const zero = (frame: Seen) => frame.arrival - frame.dts / 90;
    expect(zero(again.seen[0]!)).toBeCloseTo(zero(reader.seen[0]!), 1);
  });

  it('keeps nothing in memory while asleep', () => {
    const pool = new SlabPool();
    const { clock, camera, reader } = setUp(0, { pool });
    const detach = camera.stream.attach(reader, true);
    clock.advance(1_500);
    expect(camera.stream.gop.length).toBeGreaterThan(100);
    const tracks = camera.stream.tracks;
    detach();
    clock.advance(6_000);
    expect(camera.stream.gop).toEqual([]);
    expect(pool.idleBytes).toBeGreaterThan(100_000);
    expect(camera.stream.tracks).toBe(tracks);
  });

  it('begins at the key frame when woken again within the same group of pictures', () => {
    const { clock, camera, reader } = setUp(0);
    const detach = camera.stream.attach(reader, true);
    clock.advance(500);
    detach();
    clock.advance(5_200);
    const all = new Collector(clock);
    camera.stream.attach(all, true);
    clock.advance(2_000);
    expect(steps(all.of('video'))).toEqual(new Set([3600]));
    expect(all.seen[0]!.key).toBe(true);
  });

  it('leaves out what a stalled process missed and goes on with a key frame, without a burst', () => {
    const { clock, camera, reader } = setUp(0);
    camera.stream.attach(reader, true);
    clock.advance(1_000);
    const before = reader.seen.length;
    camera.turn(7_300);
    expect(reader.seen).toHaveLength(before);
    clock.advance(7_100);
    const next = reader.seen[before]!;
    expect([next.kind, next.key, picture(yard, next)]).toEqual(['video', true, 200]);
    expect(next.dts - reader.of('video')[25]!.dts).toBe(175 * 3600);
  });

  it.each([
    ['forward', 3_600_000 + 700],
    ['back', -90_300],
  ])('follows the time of day when it is set %s, media time just going on', (_, step) => {
    const { clock, camera, reader } = setUp(10_000);
    camera.stream.attach(reader, true);
    clock.advance(1_000);
    clock.stepUtc(step);
    const before = reader.seen.length;
    clock.advance(5_000);
    const after = reader.seen.slice(before).filter(({ kind, key }) => kind === 'video' && key);
    expect(after.length).toBeGreaterThanOrEqual(2);
    for (const frame of after) {
      expect((picture(yard, frame) * 40 - frame.arrival) % 60_000).toBeCloseTo(0, 1);
      expect(frame.arrival - clock.utc()).toBeCloseTo(frame.at - clock.monotonic(), 1);
      expect(frame.dts / 90 - frame.at).toBeCloseTo(reader.seen[0]!.dts / 90, 0);
    }
    const dts = reader.of('video').map((frame) => frame.dts);
    expect(dts).toEqual([...dts].sort((a, b) => a - b));
  });
});

describe('faults', () => {
  it('stalls and resumes with a key frame, media time as if it had gone on', () => {
    const { clock, camera, reader } = setUp(0);
    camera.stream.attach(reader, true);
    clock.advance(1_000);
    camera.stall();
    const before = reader.seen.length;
    clock.advance(9_500);
    expect(reader.seen).toHaveLength(before);
    const late = new Collector(clock);
    camera.stream.attach(late, true);
    expect([reader.seen.length, late.seen.length]).toEqual([before, 0]);
    camera.resume();
    camera.resume();
    clock.advance(2_000);
    expect(reader.seen[before]).toMatchObject({ kind: 'video', key: true, dts: 12 * 90_000 });
  });

  it('changes the format in the middle: new tracks, then a key frame of the other clip', () => {
    const { clock, camera, reader } = setUp(0);
    camera.stream.attach(reader, true);
    clock.advance(3_010);
    const before = reader.seen.length;
    camera.changeFormat(door);
    expect(reader.tracks.map(({ format }) => format)).toEqual([door.video.format, door.audio!.format]);
    clock.advance(3_000);
    const next = reader.seen[before]!;
    expect([next.key, picture(door, next), next.dts]).toEqual([true, 100, 4 * 90_000]);
    camera.changeFormat({ ...yard, audio: undefined });
    expect(reader.tracks.map(({ kind }) => kind)).toEqual(['video']);
  });

  it('ends its readers and its timer on close, twice without harm', () => {
    const { clock, camera, reader } = setUp(0);
    camera.stream.attach(reader, true);
    camera.close();
    camera.close();
    expect([reader.ended, clock.pending]).toEqual([true, 0]);
    camera.wake();
    camera.resume();
    expect(clock.pending).toBe(0);
  });
});

describe('Wheel', () => {
  it('shares one timer among cameras and lets near due times wait for each other', () => {
    const clock = new FakeClock();
    const wheel = new Wheel(clock, 4);
    const turns: string[] = [];
    const spoke = (name: string, first: number) => ({
      turn: (now: number) => {
        if (now > 0) turns.push(`${name}@${now}`);
        return now === 0 ? first : now + 40;
      },
      stepped: () => undefined,
    });
    const [a, b, c] = [spoke('a', 10), spoke('b', 12), spoke('c', 13)];
    for (const each of [a, b, c]) wheel.add(each);
    wheel.add(a);
    expect(clock.pending).toBe(1);
    clock.advance(30);
    expect(turns).toEqual(['a@10', 'b@14', 'c@14']);
    for (const each of [a, b, c]) wheel.remove(each);
    expect(clock.pending).toBe(0);
  });
});
