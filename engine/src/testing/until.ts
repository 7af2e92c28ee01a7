import { setImmediate } from 'node:timers/promises';

/** Lets the event loop turn until `holds`; throws after `timeout` ms. */
export async function until(holds: () => boolean, timeout = 5_000): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeout} ms: ${holds.toString()}`);
    await setImmediate();
  }
}
