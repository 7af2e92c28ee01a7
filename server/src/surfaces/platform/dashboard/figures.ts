import type { FootageTotals } from '../../../recordings/index.ts';
import { rounded } from '../recordings/present.ts';

/** Footage as the dashboard counts it. */
export const footageOf = ({ count, bytes, seconds }: FootageTotals) => ({
  count,
  size: bytes,
  duration: rounded(seconds),
});

const NOTHING: FootageTotals = { count: 0, bytes: 0, seconds: 0 };

const sum = (one: FootageTotals, other: FootageTotals): FootageTotals => ({
  count: one.count + other.count,
  bytes: one.bytes + other.bytes,
  seconds: one.seconds + other.seconds,
});

/** Totals of rows that have the same name. */
export function totalsBy<Row extends FootageTotals>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): Map<string, FootageTotals> {
  const totals = new Map<string, FootageTotals>();
  for (const row of rows) totals.set(nameOf(row), sum(totals.get(nameOf(row)) ?? NOTHING, row));
  return totals;
}

export const totalOf = (rows: readonly FootageTotals[]): FootageTotals => rows.reduce(sum, NOTHING);

/** Days (UTC) up to the one of `now`, oldest first, as `2024-01-15`. */
export function lastDays(now: number, count: number): string[] {
  const day = 86_400_000;
  return Array.from({ length: count }, (_, n) =>
    new Date(now - (count - 1 - n) * day).toISOString().slice(0, 10),
  );
}
