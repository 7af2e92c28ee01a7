import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeClock, seeded } from '../testing/index.ts';
import { TsToStream } from './index.ts';
import { Received } from './testing/received.ts';

/** Three seconds of 25 pictures, a key frame each second, and sound. */
function film(video: readonly string[], audio: readonly string[] = ['-c:a', 'aac']): Buffer {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const args = ['-v', 'error', ...inputs, '-t', '3', '-g', '25', ...video, ...audio, '-f', 'mpegts', '-'];
  return execFileSync('ffmpeg', args, { maxBuffer: 2 ** 26 });
}

let h264: Buffer;
beforeAll(() => {
  h264 = film(['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-sc_threshold', '0', '-threads', '1']);
});

/** Reads a film in pieces as they would come, in its own time. */
function receive(bytes: Buffer, piece: (at: number) => number, options = {}) {
  const clock = new FakeClock();
  const received = new Received();
  const reader = new TsToStream({ ...received.options(clock), ...options });
  for (let at = 0; at < bytes.length; ) {
    const size = piece(at);
    reader.read(bytes.subarray(at, at + size));
    at += size;
    clock.advance((3000 * size) / bytes.length);
  }
  return { received, reader };
}

const steps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, at) => Math.round((time - times[at]!) * 1000));

describe('an MPEG transport stream', () => {
  it.each([188, 1316, 61, 70_000])('of H.264 with B-frames and AAC, in pieces of %i bytes', (size) => {
    const { received, reader } = receive(h264, () => size);
    expect(received.told).toEqual(['ready', 'live']);
    expect(received.tracks).toEqual([[expect.stringMatching(/^avc1\./), 'mp4a.40.2']]);
    const video = received.of('video');
    // The last picture has no next one that would end it.
    expect(video).toHaveLength(74);
    expect(video.filter(({ key }) => key)).toHaveLength(3);
    expect(new Set(steps(video.map(({ dts }) => dts)))).toEqual(new Set([40]));
    expect(video.some(({ pts, dts }) => pts > dts)).toBe(true);
    const audio = received.of('audio');
    expect(audio.length).toBeGreaterThan(138);
    expect(Math.max(...steps(audio.map(({ dts }) => dts)))).toBeLessThanOrEqual(22);
    expect(reader.counters).toMatchObject({ bytes: h264.length, lost: 0, dropped: 0 });
    expect(Math.abs(video[0]!.dts - audio[0]!.dts)).toBeLessThan(0.2);
  });

  it('of H.265', () => {
    const { received } = receive(
      film(['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none']),
      () => 1316,
    );
    expect(received.tracks[0]![0]).toMatch(/^hvc1\./);
    expect(received.of('video').length).toBeGreaterThan(70);
  });

  it('with sound of a codec that is not carried: the picture plays, and the trouble is told', () => {
    const { received, reader } = receive(
      film(['-c:v', 'libx264', '-preset', 'ultrafast'], ['-c:a', 'ac3']),
      () => 1316,
    );
    expect(received.tracks).toEqual([[expect.stringMatching(/^avc1\./)]]);
    expect(received.of('video').length).toBeGreaterThan(70);
    expect(reader.trouble).toMatch(/^stream type 0x[0-9a-f]+: not carried$/);
  });

  it('with packets lost: damaged pictures are left out, the rest stays in its place', () => {
    const random = seeded(7);
    const kept: Buffer[] = [];
    for (let at = 0; at < h264.length; at += 188) {
      const isTable = h264[at + 1] === 0x40 || at < 188 * 4;
      if (isTable || random() > 0.01) kept.push(h264.subarray(at, at + 188));
    }
    const { received, reader } = receive(Buffer.concat(kept), () => 1316);
    expect(reader.counters.lost).toBeGreaterThan(0);
    const video = received.of('video');
    expect(video.length).toBeGreaterThan(30);
    for (const step of steps(video.map(({ dts }) => dts))) expect(step % 40).toBe(0);
  });

  it('that begins in the middle of a packet, and breaks off', () => {
    const cut = Buffer.concat([h264.subarray(100), h264.subarray(188, 300)]);
    expect(receive(cut, () => 1000).received.of('video').length).toBeGreaterThan(70);
  });
});
