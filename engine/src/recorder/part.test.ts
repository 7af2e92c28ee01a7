import { PRFT_BYTES, readPrft } from '@nightjar/media/mp4';
import type { Frame } from '@nightjar/media/stream';
import { expect, it } from 'vitest';
import { audioTrack, Publisher, videoTrack } from '../testing/index.ts';
import { Part } from './part.ts';

/** Retained frames: two seconds from 100 s of the media clock on, picture 25/s, sound from 99.9 s on. */
function frames(source: Publisher, bytes: number): Frame[] {
  const seen: Frame[] = [];
  source.stream.attach(
    {
      onTracks: () => undefined,
      onFrame: (frame) => {
        frame.slab.retain();
        seen.push(frame);
      },
      onEnd: () => undefined,
    },
    false,
  );
  for (let i = 0; i < 50; i++) {
    source.frame(source.video!, 100 + i / 25, { key: i % 20 === 0, bytes });
    source.frame(source.audio!, 99.9 + i * 0.064, { bytes: 30 });
  }
  return seen;
}

it.each([40, 10_000, 300_000])(
  'a part of pictures of %i bytes is the frames behind their time, by track',
  (bytes) => {
    const source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
    const all = frames(source, bytes);
    const part = new Part(all[0]!, 100);
    for (const frame of all.slice(1)) part.add(frame);
    const assembled = part.assemble(source.pool);
    const { buffers, bytes: size, duration, keys } = assembled;
    const file = Buffer.concat(buffers);
    expect(file.length).toBe(size);
    expect(duration).toBeCloseTo(2, 6);
    expect(readPrft(file.subarray(0, PRFT_BYTES))).toEqual({
      trackId: 1,
      utc: source.clock.utc(),
      mediaTime: 0,
    });

    const pictures = all.filter(({ track }) => track.kind === 'video');
    const sounds = all.filter(({ track, dts }) => track.kind === 'audio' && dts >= 1_600_000);
    let at = PRFT_BYTES;
    for (const { dts, slab, start, end, track } of [...pictures, ...sounds]) {
      const base = 100 * track.format.clockRate;
      expect(file.readUInt32BE(at + 64)).toBe(dts - base);
      expect(file.subarray(at + 72, at + end - start).equals(slab.buffer.subarray(start + 72, end))).toBe(
        true,
      );
      at += end - start;
    }
    expect(at).toBe(file.length);
    expect(keys.map(({ time }) => time)).toEqual([0, 72_000, 144_000]);
    for (const { time, offset } of keys) expect(file.readUInt32BE(offset + 64)).toBe(time);

    for (const { slab } of all) slab.release();
    source.close();
    expect(source.pool.held).toBeGreaterThan(0);
    assembled.release();
    assembled.release();
    expect(source.pool.held).toBe(0);
  },
);

it('a part that is given up gives its memory back', () => {
  const source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  const all = frames(source, 1_000);
  const part = new Part(all[0]!, 100);
  for (const frame of all.slice(1)) part.add(frame);
  for (const { slab } of all) slab.release();
  source.close();
  expect(source.pool.held).toBeGreaterThan(0);
  part.release();
  expect(source.pool.held).toBe(0);
});

it('the end of a part is known with the next frame, and an estimate before', () => {
  const source = new Publisher();
  const [first] = frames(new Publisher({ tracks: [videoTrack(), audioTrack()] }), 40);
  const part = new Part(first!, 100);
  expect(part.duration).toBeCloseTo(1 / 25, 3);
  part.settle(first!.dts + 90_000);
  expect(part.duration).toBe(1);
  part.settle(first!.dts - 5);
  expect(part.duration).toBe(1);
  source.close();
});
