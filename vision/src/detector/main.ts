import { openSync, readSync } from 'node:fs';
import type { FromDetector, ToDetector } from '@nightjar/contract/vision';
import { loadRuntime } from './model.ts';
import { Runner } from './runner.ts';

/** The user `nobody` of Linux. */
const NOBODY = 65_534;
/** Bytes of a page of memory on every machine that the runtime is built for. */
const PAGE = 4096;

// The pixel process is gone: a network that runs would hold up an orderly exit.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C reaches every process of a terminal; the pixel process decides when this one ends.
process.on('SIGINT', () => undefined);

// Whether a message left is seen by the watchdog.
const send = (message: FromDetector): void => void process.send?.(message, undefined, {}, () => undefined);
let runner: Runner | undefined;

process.on('message', (message: ToDetector) => {
  if (message.type === 'confined') {
    stepDown();
    runner = new Runner({ send, rss });
  } else runner?.handle(message);
});

const rss = memoryMeter();
// What it is made of is read before it is confined; what is missing is told to whoever asks.
loadRuntime();
send({ type: 'loaded' });

/** Bytes of memory this process has. Node opens a file each time it is asked, which is not possible any more. */
function memoryMeter(): () => number {
  if (process.platform !== 'linux') return () => process.memoryUsage.rss();
  const file = openSync('/proc/self/statm', 'r');
  const text = Buffer.alloc(128);
  return () => {
    const [, pages] = text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ');
    return Number(pages) * PAGE;
  };
}

/** The superuser may lift limits again: it goes on as nobody. */
function stepDown(): void {
  if (process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
