import type { Reconnect } from '@nightjar/contract/link';

/**
 * Longest pauses between two attempts, in milliseconds. A camera that is tried for ever has to record again within
 * 8 s of its answering; where attempts are counted, they are to last.
 */
export const MAX_PAUSE = { endless: 4_000, counted: 30_000 } as const;
const SPREAD = 0.2;

/** Milliseconds before attempt `n` (1 is the first repetition): doubles from `backoff_ms`, each ± 20 %. */
export function pauseBefore(
  n: number,
  { backoff_ms, max_attempts }: Pick<Reconnect, 'backoff_ms' | 'max_attempts'>,
  random: () => number,
): number {
  const longest = Math.max(backoff_ms, max_attempts > 0 ? MAX_PAUSE.counted : MAX_PAUSE.endless);
  const plain = Math.min(backoff_ms * 2 ** Math.min(n - 1, 20), longest);
  return Math.round(plain * (1 - SPREAD + 2 * SPREAD * random()));
}
