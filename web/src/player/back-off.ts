const FIRST_MS = 250;
const LONGEST_MS = 4000;
const SPREAD = 0.2;

/** Milliseconds before attempt number `attempt` (0 is the first retry): 0.25 s doubling to 4 s, each ± 20 %. */
export function backOff(attempt: number, random: () => number): number {
  const plain = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return plain * (1 - SPREAD + 2 * SPREAD * random());
}
