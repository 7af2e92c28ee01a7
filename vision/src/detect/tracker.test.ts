import { describe, expect, it } from 'vitest';
import type { Found } from './box.ts';
import { Tracker } from './tracker.ts';

const at = (x: number, changes: Partial<Found> = {}): Found => ({
  kind: 0,
  score: 0.9,
  box: { x0: x, y0: 0.4, x1: x + 0.1, y1: 0.6 },
  ...changes,
});
const tracker = (keep = 2) => new Tracker({ threshold: 0.5, keep });

describe('a thing that is followed', () => {
  it('keeps its number while it moves, and is told where it was before', () => {
    const follow = tracker();
    follow.update([at(0)], 0);
    follow.update([at(0.05)], 0.1);
    const [track, ...others] = follow.update([at(0.1)], 0.2);
    expect(others).toEqual([]);
    expect(track).toMatchObject({ id: 1, since: 0, last: 0.2, box: { x0: 0.1 } });
    expect(track!.before!.x0).toBeCloseTo(0.05);
  });

  it('is carried on by what is unsure, which begins nothing by itself', () => {
    const follow = tracker();
    expect(follow.update([at(0, { score: 0.3 })], 0)).toEqual([]);
    follow.update([at(0)], 0.1);
    const [track] = follow.update([at(0.01, { score: 0.3 })], 0.2);
    expect(track).toMatchObject({ id: 1, last: 0.2, score: 0.3 });
  });

  it('goes on at its speed for a second unseen, stays known, and is forgotten after it', () => {
    const follow = tracker(2);
    for (let i = 0; i <= 5; i++) follow.update([at(i * 0.02)], i * 0.1);
    const [coasting] = follow.update([], 1);
    expect(coasting!.box.x0).toBeCloseTo(0.2, 1);
    expect(coasting!.seen.x0).toBeCloseTo(0.1);
    const [stands] = follow.update([], 2.4);
    expect(stands!.id).toBe(1);
    expect(follow.update([], 2.6)).toEqual([]);
  });

  it('is found again where it was left or where it was going', () => {
    for (const x of [0.1, 0.2]) {
      const follow = tracker();
      for (let i = 0; i <= 5; i++) follow.update([at(i * 0.02)], i * 0.1);
      follow.update([], 0.9);
      expect(follow.update([at(x)], 1)[0]!.id).toBe(1);
    }
  });

  it('is not taken for another one, nor for one of another class', () => {
    const follow = tracker();
    follow.update([at(0), at(0.5)], 0);
    const ids = follow.update([at(0.51), at(0.01)], 0.1).map(({ id, box }) => [id, box.x0]);
    expect(ids.sort()).toEqual([
      [1, 0.01],
      [2, 0.51],
    ]);
    const kinds = follow.update([at(0.01, { kind: 1 })], 0.2).map(({ id, kind }) => [id, kind]);
    expect(kinds).toContainEqual([3, 1]);
  });
});
