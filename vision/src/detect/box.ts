/** A rectangle in parts of the picture, 0 to 1 from its left and upper edge. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Something that a network found in one picture. */
export interface Found {
  /** Number of its class. */
  readonly kind: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Box;
}

const area = ({ x0, y0, x1, y1 }: Box): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);

/** Share of two boxes' union that both cover. */
export function overlap(a: Box, b: Box): number {
  const both = area({
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  });
  const union = area(a) + area(b) - both;
  return union > 0 ? both / union : 0;
}

/** The smallest box that holds both. */
export const hull = (a: Box, b: Box): Box => ({
  x0: Math.min(a.x0, b.x0),
  y0: Math.min(a.y0, b.y0),
  x1: Math.max(a.x1, b.x1),
  y1: Math.max(a.y1, b.y1),
});

/** Widened on all sides, in parts of the picture. */
export const widened = ({ x0, y0, x1, y1 }: Box, dx: number, dy = dx): Box => ({
  x0: x0 - dx,
  y0: y0 - dy,
  x1: x1 + dx,
  y1: y1 + dy,
});

export const moved = ({ x0, y0, x1, y1 }: Box, dx: number, dy: number): Box => ({
  x0: x0 + dx,
  y0: y0 + dy,
  x1: x1 + dx,
  y1: y1 + dy,
});
