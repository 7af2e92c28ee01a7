import type { Clock } from '../kernel/index.ts';

/** Of all time, what a figure that takes long to work out may take at most: one part in so many. */
const SHARE = 20;
/** Below it the figure is new each time. */
const QUICK_MS = 1;

/**
 * What `read` answers, at most so old that no more than a twentieth of the time goes into reading: what is read in no
 * time is always new, what takes 50 ms is up to a second old.
 */
export function sparing<T>(clock: Pick<Clock, 'monotonic'>, read: () => Promise<T>): () => Promise<T> {
  let kept: { value: T; until: number } | undefined;
  let reading: Promise<T> | undefined;
  const again = async (): Promise<T> => {
    const began = clock.monotonic();
    const value = await read();
    const now = clock.monotonic();
    kept = now - began < QUICK_MS ? undefined : { value, until: now + (now - began) * SHARE };
    return value;
  };
  const forMany = (): Promise<T> => {
    reading ??= again().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return async () => {
    if (!kept) return again();
    return clock.monotonic() < kept.until ? kept.value : forMany();
  };
}
