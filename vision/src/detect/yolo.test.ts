import { describe, expect, it } from 'vitest';
import { foundIn, rowsOf, type Wanted } from './yolo.ts';

const wanted = (layout: Wanted['layout'], changes: Partial<Wanted> = {}): Wanted => ({
  layout,
  classes: 3,
  kinds: [0, 1, 2],
  least: 0.25,
  ...changes,
});

interface Row {
  box: [number, number, number, number];
  sure?: number;
  kinds: [number, number, number];
}

/** The same boxes in each layout. */
const layouts = {
  yolov5: (rows: Row[]) => ({
    dims: [1, rows.length, 8],
    data: Float32Array.from(rows.flatMap(({ box, sure = 1, kinds }) => [...box, sure, ...kinds])),
  }),
  yolov8: (rows: Row[]) => {
    const values = rows.map(({ box, sure = 1, kinds }) => [...box, ...kinds.map((each) => each * sure)]);
    const data = Float32Array.from({ length: 7 * rows.length }, (_, i) => {
      const row = values[i % rows.length]!;
      return row[Math.floor(i / rows.length)]!;
    });
    return { dims: [1, 7, rows.length], data };
  },
} as const;

describe.each(['yolov5', 'yolov8'] as const)('answers as %s lays them', (layout) => {
  const find = (rows: Row[], changes: Partial<Wanted> = {}) => {
    const { dims, data } = layouts[layout](rows);
    const asked = wanted(layout, changes);
    return foundIn(data, rowsOf(dims, asked)!, asked).map(({ kind, score, box }) => ({
      kind,
      score: Number(score.toFixed(3)),
      box: [box.x0, box.y0, box.x1, box.y1],
    }));
  };
  const sure: Row = { box: [100, 50, 40, 20], sure: 0.9, kinds: [0.1, 0.8, 0.2] };

  it('are boxes with their surest class', () => {
    expect(find([sure])).toEqual([{ kind: 1, score: 0.72, box: [80, 40, 120, 60] }]);
  });

  it('count for the classes that are asked for alone', () => {
    expect(find([sure], { kinds: [2], least: 0.1 })).toEqual([
      { kind: 2, score: 0.18, box: [80, 40, 120, 60] },
    ]);
    expect(find([sure], { kinds: [2] })).toEqual([]);
    expect(find([sure], { kinds: [] })).toEqual([]);
  });

  it('show each thing once, the surest first, and neighbours of another class beside it', () => {
    const again: Row = { ...sure, box: [102, 51, 40, 20], sure: 0.8 };
    const other: Row = { ...sure, kinds: [0.9, 0, 0] };
    const away: Row = { ...sure, box: [300, 50, 40, 20], sure: 0.5 };
    expect(find([away, again, sure, other]).map(({ kind, score }) => [kind, score])).toEqual([
      [0, 0.81],
      [1, 0.72],
      [1, 0.4],
    ]);
  });

  it('leave out what is no box', () => {
    const bad: Row[] = [
      { ...sure, box: [Number.NaN, 50, 40, 20] },
      { ...sure, box: [100, 50, 0, 20] },
      { ...sure, box: [100, Number.POSITIVE_INFINITY, 40, 20] },
      { ...sure, sure: Number.NaN },
    ];
    expect(find(bad)).toEqual([]);
  });

  it('are bounded, however many boxes there are', () => {
    const many = Array.from({ length: 5_000 }, (_, i): Row => ({ ...sure, box: [i * 50, 0, 40, 20] }));
    expect(find(many)).toHaveLength(200);
  });
});

it('an answer of another shape is none', () => {
  for (const dims of [[1, 8], [1, 10, 7], [1, 8, 10], [1, 8, 8, 8], []])
    expect(rowsOf(dims, wanted('yolov5'))).toBeUndefined();
  expect(rowsOf([1, 8, 10], wanted('yolov8'))).toBeUndefined();
});
