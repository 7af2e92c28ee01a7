import { execFileSync } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { PacedTs } from './index.ts';
import { Received } from './testing/received.ts';

let film: Buffer;
beforeAll(() => {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-sc_threshold', '0', '-c:a', 'aac'];
  const args = ['-v', 'error', ...inputs, '-t', '3', '-g', '25', ...codecs, '-f', 'mpegts', '-'];
  film = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 26 });
});

const steps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, at) => Math.round((time - times[at]!) * 1000));

it('a film that comes at once is played in its own time, and again behind itself', () => {
  const clock = new FakeClock();
  const received = new Received();
  const paced = new PacedTs({ ...received.options(clock), clock });
  const round = (): void => {
    for (let at = 0; at < film.length; at += 7000) paced.read(film.subarray(at, at + 7000));
    paced.flush();
  };
  round();
  expect(paced.waiting).toBeGreaterThan(2.5);
  clock.advance(1000);
  expect(Math.abs(received.of('video').length - 25)).toBeLessThan(8);
  round();
  clock.advance(6000);
  expect(paced.waiting).toBe(0);
  expect(received.told).toEqual(['ready', 'live']);
  expect(received.tracks).toEqual([[expect.stringMatching(/^avc1\./), 'mp4a.40.2']]);
  const video = received.of('video');
  expect(video).toHaveLength(150);
  const apart = steps(video.map(({ dts }) => dts));
  expect(apart.filter((step) => step !== 40).length).toBeLessThanOrEqual(1);
  expect(Math.min(...apart)).toBeGreaterThan(0);
  expect(Math.max(...apart)).toBeLessThan(200);
  const audio = received.of('audio');
  expect(audio.length).toBeGreaterThan(278);
  expect(Math.max(...steps(audio.map(({ dts }) => dts)))).toBeLessThan(200);
  expect(paced.counters).toMatchObject({ bytes: 2 * film.length, lost: 0, dropped: 0 });
  paced.read(film);
  const played = received.of('video').length;
  paced.close();
  paced.read(film);
  paced.flush();
  clock.advance(3000);
  expect(received.of('video')).toHaveLength(played);
  expect(clock.pending).toBe(0);
  received.stream.end();
});
