import type { ModelLayout } from '@nightjar/contract';
import { type Box, type Found, overlap } from './box.ts';

/** Boxes that are compared with each other at most, the surest of all. */
const MAX_CANDIDATES = 1_000;
/** Boxes of a picture at most. */
const MAX_FOUND = 200;
/** Boxes of one class that share more than this are one. */
const SAME = 0.45;

/** What is looked for in an answer. */
export interface Wanted {
  readonly layout: ModelLayout;
  /** How many the network knows. */
  readonly classes: number;
  /** Numbers of those that count. */
  readonly kinds: readonly number[];
  /** What is less sure does not count. */
  readonly least: number;
}

/** Where a network's number for one box stands. */
interface Rows {
  readonly count: number;
  /** Steps from box to box, and from value to value. */
  readonly box: number;
  readonly value: number;
}

/** How a network of this layout and so many classes must answer; undefined: as it does not. */
export function rowsOf(dims: readonly number[], { layout, classes }: Wanted): Rows | undefined {
  const [, a, b] = dims;
  if (dims.length !== 3 || a === undefined || b === undefined) return undefined;
  if (layout === 'yolov5') return b === 5 + classes ? { count: a, box: b, value: 1 } : undefined;
  return a === 4 + classes ? { count: b, box: 1, value: b } : undefined;
}

/** Boxes in pixels of the input, each thing once, the surest first. `data` is the answer for one picture. */
export function foundIn(data: Float32Array, rows: Rows, wanted: Wanted): Found[] {
  const candidates: Found[] = [];
  for (let i = 0; i < rows.count; i++) {
    const best = surest(data, i * rows.box, rows.value, wanted);
    if (!best) continue;
    const box = boxAt(data, i * rows.box, rows.value);
    if (box) candidates.push({ ...best, box });
  }
  candidates.sort((a, b) => b.score - a.score);
  return distinct(candidates.slice(0, MAX_CANDIDATES));
}

function surest(
  data: Float32Array,
  at: number,
  step: number,
  { layout, kinds, least }: Wanted,
): { kind: number; score: number } | undefined {
  const sure = layout === 'yolov5' ? data[at + 4 * step]! : 1;
  // Also what is no number.
  if (!(sure >= least)) return undefined;
  const first = layout === 'yolov5' ? 5 : 4;
  let [kind, score] = [-1, 0];
  for (const each of kinds) {
    const value = sure * data[at + (first + each) * step]!;
    if (value > score) [kind, score] = [each, value];
  }
  return score >= least ? { kind, score: Math.min(1, score) } : undefined;
}

function boxAt(data: Float32Array, at: number, step: number): Box | undefined {
  const [x, y, w, h] = [data[at]!, data[at + step]!, data[at + 2 * step]!, data[at + 3 * step]!];
  if (!(w > 0 && h > 0) || !Number.isFinite(x + y + w + h)) return undefined;
  return { x0: x - w / 2, y0: y - h / 2, x1: x + w / 2, y1: y + h / 2 };
}

/** Non-maximum suppression: of boxes that are one thing the surest. `candidates` begin with the surest. */
function distinct(candidates: readonly Found[]): Found[] {
  const kept: Found[] = [];
  for (const each of candidates) {
    if (kept.length === MAX_FOUND) break;
    if (!kept.some(({ kind, box }) => kind === each.kind && overlap(box, each.box) > SAME)) kept.push(each);
  }
  return kept;
}
