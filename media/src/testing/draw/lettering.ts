import { type Canvas, type Color, capsule, type Point } from './canvas.ts';

/** Part of an ellipse, angles in degrees clockwise from three o'clock. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Point[] {
  const steps = Math.ceil(Math.abs(to - from) / 12);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });
}

const SIX: Point[][] = [
  [[0.43, 0], ...arc(0.6, 0.69, 0.6, 0.6, 235, 180)],
  arc(0.3, 0.69, 0.3, 0.31, 0, 360),
];

/** Strokes of each glyph in a box 0.6 wide and 1 high. */
const GLYPHS: Record<string, Point[][]> = {
  '0': [[...arc(0.3, 0.3, 0.3, 0.3, 180, 360), ...arc(0.3, 0.7, 0.3, 0.3, 0, 180), [0, 0.3]]],
  '1': [
    [
      [0.08, 0.2],
      [0.34, 0],
      [0.34, 1],
    ],
  ],
  '2': [[...arc(0.3, 0.29, 0.29, 0.29, 190, 395), [0.02, 1], [0.6, 1]]],
  '3': [[...arc(0.29, 0.25, 0.27, 0.25, 200, 450), ...arc(0.29, 0.74, 0.31, 0.26, -90, 155)]],
  '4': [
    [
      [0.45, 1],
      [0.45, 0],
      [0, 0.7],
      [0.6, 0.7],
    ],
  ],
  '5': [[[0.54, 0], [0.1, 0], [0.06, 0.44], ...arc(0.28, 0.67, 0.32, 0.33, -130, 150)]],
  '6': SIX,
  '7': [
    [
      [0, 0],
      [0.58, 0],
      [0.2, 1],
    ],
  ],
  '8': [arc(0.3, 0.25, 0.25, 0.25, 0, 360), arc(0.3, 0.75, 0.3, 0.25, 0, 360)],
  '9': SIX.map((stroke) => stroke.map(([x, y]) => [0.6 - x, 1 - y] as const)),
  ':': [
    [
      [0.3, 0.3],
      [0.3, 0.301],
    ],
    [
      [0.3, 0.85],
      [0.3, 0.851],
    ],
  ],
  '.': [
    [
      [0.3, 1],
      [0.3, 0.999],
    ],
  ],
  A: [
    [
      [0, 1],
      [0.3, 0],
      [0.6, 1],
    ],
    [
      [0.12, 0.64],
      [0.48, 0.64],
    ],
  ],
  D: [[[0, 0], [0.25, 0], ...arc(0.25, 0.5, 0.35, 0.5, -90, 90), [0, 1], [0, 0]]],
  O: [[...arc(0.3, 0.3, 0.3, 0.3, 180, 360), ...arc(0.3, 0.7, 0.3, 0.3, 0, 180), [0, 0.3]]],
  R: [
    [[0, 1], [0, 0], [0.3, 0], ...arc(0.3, 0.27, 0.28, 0.27, -90, 90), [0, 0.54]],
    [
      [0.3, 0.54],
      [0.6, 1],
    ],
  ],
  Y: [
    [
      [0, 0],
      [0.3, 0.5],
      [0.6, 0],
    ],
    [
      [0.3, 0.5],
      [0.3, 1],
    ],
  ],
};

const NARROW = new Set([':', '.']);

/** Width in pixels of `text` written `size` pixels high. */
export function textWidth(text: string, size: number): number {
  return [...text].reduce((sum, glyph) => sum + advance(glyph, size), 0);
}

function advance(glyph: string, size: number): number {
  return size * (NARROW.has(glyph) ? 0.42 : 0.86);
}

/** Writes `text` (digits, `:`, `.` and the letters of the scenes' names); `x`, `y` are its top left corner. */
export function write(canvas: Canvas, text: string, x: number, y: number, size: number, color: Color): void {
  let left = x;
  for (const glyph of text) {
    const strokes = GLYPHS[glyph];
    if (!strokes) throw new Error(`no glyph for ${glyph}`);
    const shift = NARROW.has(glyph) ? -0.22 : 0;
    const place = ([px, py]: Point): Point => [left + (px + shift + 0.13) * size, y + py * size];
    fillStrokes(canvas, strokes, place, size * (NARROW.has(glyph) ? 0.085 : 0.065), color);
    left += advance(glyph, size);
  }
}

function fillStrokes(
  canvas: Canvas,
  strokes: Point[][],
  place: (point: Point) => Point,
  radius: number,
  color: Color,
): void {
  const lines = strokes.flatMap((stroke) =>
    stroke.slice(1).map((point, index) => capsule(place(stroke[index]!), place(point), radius)),
  );
  const extent = (pick: 'left' | 'top' | 'right' | 'bottom') => lines.map((line) => line[pick]);
  canvas.fill(
    {
      left: Math.min(...extent('left')),
      top: Math.min(...extent('top')),
      right: Math.max(...extent('right')),
      bottom: Math.max(...extent('bottom')),
      distance: (x, y) => lines.reduce((least, line) => Math.min(least, line.distance(x, y)), 1e9),
    },
    color,
  );
}
