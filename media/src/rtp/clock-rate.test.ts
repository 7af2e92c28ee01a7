import { describe, expect, it } from 'vitest';
import { SessionTimeline } from './session-timeline.ts';

const RATE = 90_000;
const FPS = 25;
const AFTER = 15;

/** A minute of a camera whose RTP time goes on by `step` a frame; media seconds of each frame. */
function filmed(step: (frame: number) => number, { rate = RATE, seconds = 60 } = {}): number[] {
  const track = new SessionTimeline(0).track(rate);
  return Array.from(
    { length: seconds * FPS },
    (_, frame) => track.ticks(step(frame) >>> 0, (frame * 1000) / FPS) / rate,
  );
}

const steps = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]!);

describe('a clock that is not the one that was stated', () => {
  it.each<[string, number, number, number]>([
    ['counts milliseconds', RATE, 40, 10],
    ['counts microseconds', RATE, 40_000, 50],
    ['counts the ticks of telephone sound', RATE, 320, 10],
    ['runs at half its rate', RATE, 1800, 6],
    ['runs at twice its rate', RATE, 7200, 7],
    ['of sound counts the ticks of pictures', 16_000, 3600, 27],
    ['is of no rate that anybody knows', RATE, 13_000, 16],
  ])('quirk 53: that %s is read by the rate it has after ten seconds', (_what, rate, step, most) => {
    const times = filmed((frame) => frame * step, { rate });
    for (const [frame, time] of times.entries()) expect(Math.abs(time - frame / FPS)).toBeLessThan(most);
    const later = steps(times.slice(AFTER * FPS));
    expect(Math.min(...later)).toBeGreaterThan(0.019);
    expect(Math.max(...later)).toBeLessThan(0.061);
    // Whatever had to be steered back, it ends near arrival.
    expect(Math.abs(times.at(-1)! - 60)).toBeLessThan(25);
  });

  it('quirk 53: that stands still is left for arrival, and followed once it goes', () => {
    const still = 30 * FPS;
    const times = filmed((frame) => 7 + Math.max(0, frame - still) * 3600);
    const between = steps(times.slice(AFTER * FPS));
    expect(Math.min(...between)).toBeGreaterThan(0.03);
    expect(Math.max(...between)).toBeLessThan(0.05);
    expect(times.at(-1)).toBeCloseTo(60 - 1 / FPS, 1);
  });

  it.each<[string, (frame: number) => number]>([
    ['drifts by a tenth', (frame) => frame * 3960],
    ['leaps by an hour each four seconds', (frame) => frame * 3600 + Math.floor(frame / 100) * 324_000_000],
    ['begins anew with each group of pictures', (frame) => (frame % 100) * 3600],
    ['wraps', (frame) => 2 ** 32 - 90_000 + frame * 3600],
  ])('one that %s is as stated', (_what, step) => {
    const later = steps(filmed(step));
    expect(Math.min(...later)).toBeGreaterThan(0.019);
    expect(Math.max(...later)).toBeLessThan(0.061);
  });

  it('quirk 55: half a minute that comes within eight seconds is a burst, and no other rate', () => {
    const track = new SessionTimeline(0).track(RATE);
    const times: number[] = [];
    for (let frame = 0; frame < 90 * FPS; frame++) {
      const filmedAt = frame / FPS;
      const arrival = filmedAt < 30 ? (filmedAt / 30) * 8 : filmedAt - 22;
      times.push(track.ticks(frame * 3600, arrival * 1000) / RATE);
    }
    expect(Math.max(...steps(times))).toBeLessThan(0.061);
    expect(Math.min(...steps(times))).toBeGreaterThan(0.019);
  });

  it('reports of a track whose clock stands still move nothing', () => {
    const session = new SessionTimeline(0);
    const [video, sound] = [session.track(RATE), session.track(8000)];
    for (let frame = 0; frame < 40 * FPS; frame++) {
      const now = (frame * 1000) / FPS;
      const ticks = [video.ticks(5, now), sound.ticks(frame * 320, now)];
      expect(ticks.every(Number.isFinite)).toBe(true);
      session.report(video, { ntp: 1.7e9 + now / 1000, timestamp: 5 });
      session.report(sound, { ntp: 1.7e9 + now / 1000, timestamp: frame * 320 });
    }
    expect(video.ticks(5, 40_000) / RATE).toBeCloseTo(40, 1);
    expect(sound.ticks(320_000, 40_000) / 8000).toBeCloseTo(40, 1);
  });
});
