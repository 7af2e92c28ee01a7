/** A place in a picture: 0 to 1 from its left and upper edge. */
export type Place = readonly [x: number, y: number];
export type Polygon = readonly Place[];

/** So near to the first corner a press closes the shape. */
const CLOSE = 0.025;
const STEPS = 1_000;

const round = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * STEPS) / STEPS;
/** A place within the picture, as it is kept. */
export const placeOf = (x: number, y: number): Place => [round(x), round(y)];

const near = ([ax, ay]: Place, [bx, by]: Place): boolean => Math.hypot(ax - bx, ay - by) < CLOSE;

/** A shape that is being drawn with one more corner; `closed` when that was its first one again. */
export function withCorner(
  drawn: Polygon,
  place: Place,
): { readonly drawn: Polygon; readonly closed: Polygon | null } {
  const first = drawn[0];
  if (first && drawn.length >= 3 && near(first, place)) return { drawn: [], closed: drawn };
  if (drawn.some((corner) => near(corner, place))) return { drawn, closed: null };
  return { drawn: [...drawn, place], closed: null };
}

/** One corner of one shape at another place. */
export const withMoved = (
  polygons: readonly Polygon[],
  which: { readonly polygon: number; readonly corner: number },
  place: Place,
): readonly Polygon[] =>
  polygons.map((polygon, i) =>
    i === which.polygon ? polygon.map((corner, j) => (j === which.corner ? place : corner)) : polygon,
  );

/** A square in the middle, to be moved by its corners: for who draws without a pointer. */
export const MIDDLE: Polygon = [
  [0.4, 0.35],
  [0.6, 0.35],
  [0.6, 0.65],
  [0.4, 0.65],
];

/** As an SVG path over a picture of 100 by 100. */
export const pathOf = (polygon: Polygon): string =>
  polygon.map(([x, y]) => `${x * 100},${y * 100}`).join(' ');
