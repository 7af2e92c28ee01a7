import { expect, it } from 'vitest';
import { type Look, withLook } from './figures.ts';

const metrics = (lost: number | null) => ({
  bitrate: { current: 1_000, average: 1, peak: 1 },
  framerate: { current: 25, average: 25, dropped: 0 },
  latency: { pipeline: 3, network: null, processing: null },
  packets: { received: 1, lost, recovered: 0 },
  errors: { decode: 0, network: 0, total: 0 },
});

it('keeps ten minutes, and what was lost between two looks', () => {
  let looks: readonly Look[] = [];
  for (let i = 0; i < 310; i += 1) looks = withLook(looks, metrics(i * 2), i === 0 ? null : (i - 1) * 2, i);
  expect(looks).toHaveLength(300);
  expect(looks[0]).toEqual({ at: 10, bitrate: 1_000, framerate: 25, lost: 2, latency: 3 });
  expect(withLook([], metrics(5), null, 0)[0]?.lost).toBeNull();
  // The camera was connected anew and counts from nothing.
  expect(withLook([], metrics(0), 7, 0)[0]?.lost).toBe(0);
});
