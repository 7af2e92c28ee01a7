import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds between two looks; what Node tells holds them, for it is the time from one look to the next. */
const RESOLUTION = 5;

/**
 * Loaded into the programs of the product by `NODE_OPTIONS`. At SIGUSR2 it writes how late the event loop was at the
 * 99th percentile since the last such signal, in ms, to `loop-PID` in the data folder.
 */
if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  process.on('SIGUSR2', () => {
    const late = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION);
    writeFileSync(join(process.env['NIGHTJAR_DATA_DIR'] ?? '', `loop-${process.pid}`), String(late));
    delay.reset();
  });
}
