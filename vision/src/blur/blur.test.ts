import { PrivacyOptions } from '@nightjar/contract';
import { describe, expect, it } from 'vitest';
import { type Picture420, packedPicture } from '../planes.ts';
import { Decider } from './decider.ts';
import { CELL, Grid } from './grid.ts';
import { Motion } from './motion.ts';
import { blockSize, Painter } from './paint.ts';
import { polygonGrid } from './polygons.ts';

/** A picture of noise that a fixed seed makes: nothing of it survives an average. */
function noise(width: number, height: number): Picture420 {
  const data = new Uint8Array(width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2));
  let state = 12_345;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[i] = 16 + ((state >>> 16) % 220);
  }
  return packedPicture(data, width, height);
}

const copyOf = (picture: Picture420): Uint8Array[] =>
  [picture.y, picture.u, picture.v].map(({ data }) => data.slice());

/** Mean difference of neighbours in a rectangle: high in what is clear. */
function detail({ data, stride }: Picture420['y'], x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  for (let y = y0; y < y1; y++)
    for (let x = x0 + 1; x < x1; x++) sum += Math.abs(data[y * stride + x]! - data[y * stride + x - 1]!);
  return sum / ((y1 - y0) * (x1 - x0 - 1));
}

const options = (changes: object = {}): PrivacyOptions => PrivacyOptions.parse(changes);

describe('painting', () => {
  it.each([
    ['blur', 1, 640, 360],
    ['blur', 50, 639, 361],
    ['blur', 100, 64, 48],
    ['pixelate', 1, 640, 360],
    ['pixelate', 100, 333, 111],
    ['solid', 50, 17, 15],
  ] as const)('by %s of strength %d leaves no detail in %d x %d', (style, strength, width, height) => {
    const picture = noise(width, height);
    const before = detail(picture.y, 0, 0, width, height);
    new Painter().paint(picture, new Grid(width, height).fill(), { style, strength });
    expect(before).toBeGreaterThan(60);
    expect(detail(picture.y, 0, 0, width, height)).toBeLessThan(before / 8);
  });

  it('touches covered cells alone, in every plane', () => {
    const picture = noise(160, 96);
    const [y, u, v] = copyOf(picture) as [Uint8Array, Uint8Array, Uint8Array];
    const grid = new Grid(160, 96);
    for (const cell of [0, 1, 14, 25, 59]) grid.cells[cell] = 1;
    new Painter().paint(picture, grid, { style: 'pixelate', strength: 50 });
    const check = (after: Uint8Array, before: Uint8Array, width: number, cell: number): void => {
      for (const [i, level] of after.entries()) {
        const [col, row] = [Math.floor((i % width) / cell), Math.floor(Math.floor(i / width) / cell)];
        if (grid.cells[row * grid.cols + col] === 0) expect(level).toBe(before[i]);
      }
    };
    check(picture.y.data, y, 160, CELL);
    check(picture.u.data, u, 80, CELL / 2);
    check(picture.v.data, v, 80, CELL / 2);
    for (const cell of [0, 1, 14, 25, 59]) {
      const [x0, y0] = [(cell % 10) * CELL, Math.floor(cell / 10) * CELL];
      expect(detail(picture.y, x0, y0, x0 + CELL, y0 + CELL)).toBeLessThan(10);
    }
  });

  it('averages over no less than 8 pixels, and over a tenth of the height at most', () => {
    expect([blockSize(720, 1), blockSize(720, 50), blockSize(720, 100), blockSize(48, 100)]).toEqual([
      8, 36, 72, 8,
    ]);
  });

  it('gives the level of a plain picture back', () => {
    const picture = noise(100, 60);
    for (const { data } of [picture.y, picture.u, picture.v]) data.fill(77);
    new Painter().paint(picture, new Grid(100, 60).fill(), { style: 'blur', strength: 50 });
    for (const { data } of [picture.y, picture.u, picture.v]) expect(new Set(data)).toEqual(new Set([77]));
  });
});

describe('a grid', () => {
  it.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    'gives rectangles that hold each covered cell once: %d',
    (seed) => {
      const grid = new Grid(11 * CELL, 7 * CELL - 3);
      for (let i = 0; i < grid.cells.length; i++)
        grid.cells[i] = (Math.imul(i + 7, seed * 2_654_435) >>> 13) & 1;
      const again = new Uint8Array(grid.cells.length);
      for (const { x0, y0, x1, y1 } of grid.rectangles())
        for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) again[y * grid.cols + x]!++;
      expect([...again]).toEqual([...grid.cells]);
    },
  );

  it('is one rectangle when it is full', () => {
    expect(new Grid(1920, 1080).fill().rectangles()).toEqual([{ x0: 0, y0: 0, x1: 120, y1: 68 }]);
  });

  it('widens to all sides and not past the edge', () => {
    const grid = new Grid(5 * CELL, 4 * CELL);
    grid.cells[0] = 1;
    grid.widen(1);
    expect([...grid.cells]).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('polygons', () => {
  it.each([
    [
      'a triangle',
      [
        [0.1, 0.1],
        [0.8, 0.3],
        [0.4, 0.9],
      ],
    ],
    [
      'a sliver thinner than a cell',
      [
        [0.02, 0.05],
        [0.97, 0.5],
        [0.97, 0.501],
      ],
    ],
    [
      'a bow tie',
      [
        [0.1, 0.1],
        [0.9, 0.9],
        [0.9, 0.1],
        [0.1, 0.9],
      ],
    ],
  ] as [string, [number, number][]][])('%s: no pixel of it stays clear', (_name, polygon) => {
    const [width, height] = [160, 96];
    const grid = polygonGrid(width, height, [polygon]);
    let inside = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!holds(polygon, (x + 0.5) / width, (y + 0.5) / height)) continue;
        inside++;
        expect(grid.cells[Math.floor(y / CELL) * grid.cols + Math.floor(x / CELL)]).toBe(1);
      }
    }
    expect(inside).toBeGreaterThan(5);
    expect(grid.full).toBe(false);
  });

  it('at the edge of the picture cover its last cells', () => {
    const all: [number, number][] = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    expect(polygonGrid(161, 97, [all]).full).toBe(true);
  });
});

/** Even-odd, written the slow way. */
function holds(polygon: readonly [number, number][], x: number, y: number): boolean {
  let count = 0;
  for (let i = 0; i < polygon.length; i++) {
    const [[ax, ay], [bx, by]] = [polygon[i]!, polygon[(i + 1) % polygon.length]!];
    if ((ay <= y && by > y) || (by <= y && ay > y)) if (x < ax + ((y - ay) / (by - ay)) * (bx - ax)) count++;
  }
  return count % 2 === 1;
}

describe('motion', () => {
  const [width, height] = [320, 192];
  const scene = (figure?: { x: number; y: number; level?: number }): Picture420 => {
    const picture = noise(width, height);
    const { data } = picture.y;
    for (let i = 0; i < data.length; i++) data[i] = 100 + (data[i]! % 5);
    if (figure)
      for (let y = 0; y < 48; y++)
        data.fill(
          figure.level ?? 160,
          (figure.y + y) * width + figure.x,
          (figure.y + y) * width + figure.x + 20,
        );
    return picture;
  };
  const covered = (grid: Grid, x: number, y: number): boolean =>
    grid.cells[Math.floor(y / CELL) * grid.cols + Math.floor(x / CELL)] === 1;

  /** A model that has seen an empty scene for 4 s. */
  const learnt = (): Motion => {
    const motion = new Motion(width, height);
    for (let i = 0; i <= 60; i++) motion.see(scene().y, i / 15, 2);
    return motion;
  };

  it('covers everything while it learns', () => {
    const motion = new Motion(width, height);
    expect(motion.see(scene().y, 0, 2).full).toBe(true);
    expect(motion.see(scene().y, 1.9, 2).full).toBe(true);
    expect(motion.see(scene().y, 2.1, 2).cells.includes(1)).toBe(false);
  });

  it('covers a figure from entering to leaving, and where it stood for the hold', () => {
    const motion = learnt();
    let last = 4;
    for (let x = 0; x <= 280; x += 7) {
      last += 1 / 15;
      const grid = motion.see(scene({ x, y: 60 }).y, last, 2);
      for (let y = 60; y < 108; y += 4)
        for (let dx = 0; dx < 20; dx += 4) expect(covered(grid, x + dx, y)).toBe(true);
      expect(covered(grid, 300, 170)).toBe(false);
    }
    for (let seconds = 0.1; seconds < 1.9; seconds += 0.1)
      expect(covered(motion.see(scene().y, last + seconds, 2), 290, 80)).toBe(true);
    expect(covered(motion.see(scene().y, last + 2.1, 2), 290, 80)).toBe(false);
  });

  it('keeps who stands still covered long after the hold', () => {
    const motion = learnt();
    for (let i = 1; i < 20 * 15; i++)
      expect(covered(motion.see(scene({ x: 100, y: 60 }).y, 4 + i / 15, 2), 110, 80)).toBe(true);
  });

  it('covers everything when the light changes, and when the clock jumps', () => {
    const motion = learnt();
    const dark = scene();
    dark.y.data.fill(30);
    expect(motion.see(dark.y, 4.1, 2).full).toBe(true);
    expect(motion.see(dark.y, 4.2, 2).full).toBe(true);
    const other = learnt();
    expect(other.see(scene().y, 100, 2).full).toBe(true);
    expect(learnt().see(scene().y, 1, 2).full).toBe(true);
  });
});

describe('the decision', () => {
  const square: [number, number][] = [
    [0, 0],
    [0.3, 0],
    [0.3, 0.3],
    [0, 0.3],
  ];
  const picture = noise(320, 192);

  it.each([
    ['auto', {}],
    ['the whole picture', { cover: ['full'] }],
    ['polygons that are none', { cover: ['polygons'] }],
    ['polygons that are none beside motion', { cover: ['motion', 'polygons'] }],
    ['a union with the whole', { cover: ['polygons', 'full'], polygons: [square] }],
    ['motion at its beginning', { cover: ['motion'] }],
  ])('is everything for %s', (_name, changes) => {
    expect(new Decider(options(changes)).decide(picture, 0).full).toBe(true);
  });

  it('is the polygons where they alone are wanted', () => {
    const grid = new Decider(options({ cover: ['polygons'], polygons: [square] })).decide(picture, 0);
    expect(grid.cells[0]).toBe(1);
    expect(grid.cells.at(-1)).toBe(0);
  });

  it('begins anew with pictures of another size', () => {
    const decider = new Decider(options({ cover: ['motion'], hold: 1 }));
    for (let i = 0; i < 60; i++) decider.decide(picture, i / 15);
    expect(decider.decide(picture, 4).full).toBe(false);
    expect(decider.decide(noise(640, 384), 4.1).full).toBe(true);
    expect(decider.decide(picture, 4.2).full).toBe(true);
  });
});
