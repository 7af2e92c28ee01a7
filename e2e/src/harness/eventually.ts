import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs: number;
  /** Pause between two looks, 50 ms unless told. */
  readonly everyMs?: number;
}

/** Milliseconds from an arbitrary zero; only differences mean something. */
export const monotonicMs = (): number => performance.now();

/**
 * Looks until `probe` answers something other than undefined or false, and gives that back. A throwing probe
 * counts as "not yet"; the last error or value is named when time runs out.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: EventuallyOptions,
): Promise<T> {
  const deadline = monotonicMs() + options.timeoutMs;
  let last: unknown;
  while (true) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (monotonicMs() >= deadline)
      throw new Error(`not within ${options.timeoutMs} ms: ${what} (last: ${String(last)})`, { cause: last });
    await pause(options.everyMs ?? 50);
  }
}

/** Settles as `promise` does, or rejects after `timeoutMs`. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs: number): Promise<T> {
  const guard = Promise.withResolvers<never>();
  const timer = setTimeout(() => guard.reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  try {
    return await Promise.race([promise, guard.promise]);
  } finally {
    clearTimeout(timer);
  }
}
