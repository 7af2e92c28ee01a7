import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageOf } from './coverage.ts';

const T = Date.parse('2026-01-02T00:00:00.000Z');
const at = (seconds: number): string => new Date(T + seconds * 1000).toISOString();
const range = (from: number, to: number) => ({ from: T + from * 1000, to: T + to * 1000 });
const span = (start: number, end: number | null, closeReason: string | null = 'rotated', duration = 0) => ({
  startAt: at(start),
  endAt: end === null ? null : at(end),
  duration,
  closeReason,
});
const gap = (start: number, end: number, reason: string) => ({
  ...{ start: at(start), end: at(end), seconds: end - start, reason },
});

describe('coverage', () => {
  test.each([
    ['nothing at all', [], range(0, 10), 0, [gap(0, 10, 'unknown')]],
    ['all of it', [span(-5, 5), span(5, 15)], range(0, 10), 10, []],
    ['a seam of some frames', [span(0, 5), span(5.4, 10)], range(0, 10), 9.6, []],
    [
      'a camera that was lost',
      [span(0, 3, 'source_lost'), span(7, 10)],
      range(0, 10),
      6,
      [gap(3, 7, 'camera_lost')],
    ],
    ['an engine that was killed', [span(0, 3, 'killed')], range(0, 10), 3, [gap(3, 10, 'engine_killed')]],
    [
      'a full disk before the range',
      [span(-9, -3, 'storage_failed')],
      range(0, 2),
      0,
      [gap(0, 2, 'storage')],
    ],
    ['a file that grows', [span(0, null, null, 4)], range(0, 10), 4, [gap(4, 10, 'unknown')]],
    ['files that overlap', [span(0, 6), span(4, 8, 'stopped')], range(0, 10), 8, [gap(8, 10, 'stopped')]],
    ['one inside another', [span(0, 8, 'stopped'), span(2, 4)], range(0, 10), 8, [gap(8, 10, 'stopped')]],
    ['what lies behind the range', [span(12, 20)], range(0, 10), 0, [gap(0, 10, 'unknown')]],
  ])('%s', (_what, segments, asked, recorded, gaps) => {
    const found = coverageOf(segments, asked);
    expect(found.recorded).toBeCloseTo(recorded, 6);
    expect(found.gaps).toEqual(gaps);
  });

  test('footage, gaps and seams make up the range', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ start: fc.integer({ min: -50, max: 120 }), length: fc.integer({ min: 1, max: 40 }) }),
        ),
        (list) => {
          const segments = list
            .toSorted((a, b) => a.start - b.start)
            .map(({ start, length }) => span(start, start + length));
          const { recorded, seconds, gaps } = coverageOf(segments, range(0, 100));
          const missing = gaps.reduce((sum, each) => sum + each.seconds, 0);
          expect(recorded + missing).toBeCloseTo(seconds, 6);
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });
});
