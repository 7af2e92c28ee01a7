import type { Layout } from '../api/types.ts';

/** One camera of a wall that is being arranged; `size` columns wide and as many rows high. */
export interface Placed {
  readonly id: string;
  readonly size: number;
}

type Tile = Layout['tiles'][number];

/** Cameras of a layout in the order in which they are seen, row by row. */
export const placedOf = (tiles: readonly Tile[]): readonly Placed[] =>
  tiles
    .toSorted((a, b) => a.y - b.y || a.x - b.x)
    .map(({ camera_id, w, h }) => ({ id: camera_id, size: Math.max(w, h) }));

/** The first place of a grid at which something of `size` fits. */
function firstFit(taken: ReadonlySet<string>, columns: number, size: number): { x: number; y: number } {
  for (let y = 0; ; y += 1) {
    for (let x = 0; x + size <= columns; x += 1) {
      if (cellsOf(x, y, size).every((cell) => !taken.has(cell))) return { x, y };
    }
  }
}

function cellsOf(x: number, y: number, size: number): readonly string[] {
  const steps = Array.from({ length: size }, (_, i) => i);
  return steps.flatMap((dy) => steps.map((dx) => `${x + dx},${y + dy}`));
}

/** Places on a grid for cameras in their order, filled as a browser fills a dense grid. */
export function tilesOf(placed: readonly Placed[], columns: number): Tile[] {
  const taken = new Set<string>();
  return placed.map(({ id, size: wanted }) => {
    const size = Math.min(wanted, columns);
    const { x, y } = firstFit(taken, columns, size);
    for (const cell of cellsOf(x, y, size)) taken.add(cell);
    return { camera_id: id, stream_id: null, x, y, w: size, h: size };
  });
}

/** One moved to the place of another. */
export function movedTo(placed: readonly Placed[], id: string, over: string): readonly Placed[] {
  const from = placed.findIndex((one) => one.id === id);
  const to = placed.findIndex((one) => one.id === over);
  if (from < 0 || to < 0) return placed;
  const moving = placed[from]!;
  return placed.toSpliced(from, 1).toSpliced(to, 0, moving);
}
