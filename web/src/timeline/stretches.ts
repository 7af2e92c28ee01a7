import type { Coverage } from '../api/types.ts';

export type GapReason = Coverage['gaps'][number]['reason'];

/** Footage, or none and why, between two moments (UTC milliseconds). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** null: there is footage. */
  readonly gap: GapReason | null;
}

/** The whole of a coverage as stretches without holes, in their order. */
export function stretchesOf(coverage: Coverage): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let at = Date.parse(coverage.from);
  const end = Date.parse(coverage.to);
  const footage = (to: number) => {
    if (to > at) stretches.push({ from: at, to, gap: null });
  };
  for (const gap of coverage.gaps) {
    const [from, to] = [Date.parse(gap.start), Date.parse(gap.end)];
    footage(from);
    stretches.push({ from, to, gap: gap.reason });
    at = Math.max(at, to);
  }
  footage(end);
  return stretches;
}

/** The stretch at a moment; undefined outside of what is known. */
export const stretchAt = (stretches: readonly Stretch[], at: number): Stretch | undefined =>
  stretches.find(({ from, to }) => from <= at && at < to);

/** The next moment with footage at or after `at`; undefined when there is none. */
export function nextFootage(stretches: readonly Stretch[], at: number): number | undefined {
  const next = stretches.find(({ to, gap }) => gap === null && to > at);
  return next && Math.max(next.from, at);
}
