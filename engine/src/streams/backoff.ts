/** Longest pause between two attempts, in milliseconds. */
export const MAX_PAUSE = 30_000;
const SPREAD = 0.2;

/** Milliseconds before attempt `n` (1 is the first repetition): doubles from `first` to 30 s, each ± 20 %. */
export function pauseBefore(n: number, first: number, random: () => number): number {
  const plain = Math.min(first * 2 ** Math.min(n - 1, 20), MAX_PAUSE);
  return Math.round(plain * (1 - SPREAD + 2 * SPREAD * random()));
}
