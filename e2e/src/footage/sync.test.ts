import { describe, expect, it } from 'vitest';
import { flipIndexes, tickOnsets } from './sync.ts';

function sound(rate: number, seconds: number, ticksAt: readonly number[]): Int16Array {
  const samples = new Int16Array(rate * seconds);
  for (const at of ticksAt) {
    const start = Math.round(at * rate);
    for (let index = 0; index < rate * 0.04; index++)
      samples[start + index] = 20_000 * Math.cos((2 * Math.PI * 1000 * index) / rate);
  }
  return samples;
}

describe('tickOnsets', () => {
  it.each([[[0.5]], [[0.25, 1.25, 2.25]], [[]]])('finds %j', (at) => {
    const found = tickOnsets(sound(8000, 3, at), 8000);
    expect(found.map((value) => Math.round(value * 1000))).toEqual(at.map((value) => value * 1000));
  });

  it('sees a delay of 10 ms as 10 ms', () => {
    const [first] = tickOnsets(sound(48_000, 2, [1.01]), 48_000);
    expect(first).toBeCloseTo(1.01, 4);
  });
});

describe('flipIndexes', () => {
  it('finds whole-picture changes and not a moving ball', () => {
    const picture = (level: number, ball: number) =>
      new Uint8Array(192).fill(level).fill(128, ball, ball + 5);
    const pictures = [16, 16, 235, 235, 235, 16].map((level, index) => picture(level, index * 7));
    expect(flipIndexes(pictures)).toEqual([2, 5]);
  });
});
