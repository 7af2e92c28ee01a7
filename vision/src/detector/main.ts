import type { FromDetector, ToDetector } from '@nightjar/contract/vision';
import { Runner } from './runner.ts';

// The pixel process is gone: a network that runs would hold up an orderly exit.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C reaches every process of a terminal; the pixel process decides when this one ends.
process.on('SIGINT', () => undefined);

// Whether a message left is seen by the watchdog.
const send = (message: FromDetector): void => void process.send?.(message, undefined, {}, () => undefined);
const runner = new Runner({ send, rss: () => process.memoryUsage.rss() });
process.on('message', (message) => runner.handle(message as ToDetector));
