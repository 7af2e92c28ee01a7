import type { FromVision, ToVision } from '@nightjar/contract/vision';
import { type PixelBackend, PixelError, type Tally } from './backend.ts';
import { CommandContainer, commandBackend } from './command/index.ts';
import { Containers } from './containers.ts';
import { type DetectClock, Detectors, forkDetector } from './detect/index.ts';
import { nativeBackend } from './native/index.ts';
import { Service } from './service.ts';

/** sysexits.h: nothing on this machine can decode; starting again does not help. */
const EX_UNAVAILABLE = 69;

const clock: DetectClock = {
  monotonic: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, each) => {
    const timer = setInterval(each, ms);
    return () => clearInterval(timer);
  },
};

const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };

/** The prebuilt library when it can be loaded, else the `ffmpeg` program; `NIGHTJAR_VISION` allows one alone. */
async function chooseBackend(wanted: string | undefined): Promise<PixelBackend> {
  if (wanted === 'command') return commandBackend(tally);
  try {
    return nativeBackend(tally, process.env['NIGHTJAR_ENCODER'] !== 'software');
  } catch (error) {
    if (wanted === 'native' || !(error instanceof PixelError)) throw error;
    return commandBackend(tally);
  }
}

async function main(): Promise<void> {
  // The engine is gone: a call of FFmpeg that is pending would hold up an orderly exit.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Ctrl-C reaches every process of a terminal; the engine decides when this one ends.
  process.on('SIGINT', () => undefined);
  const backend = await chooseBackend(process.env['NIGHTJAR_VISION']);
  // Whether a message left is seen by the engine's watchdog.
  const send = (message: FromVision): void => void process.send?.(message, undefined, {}, () => undefined);
  const detectors = new Detectors(forkDetector, clock);
  const rss = (): number => process.memoryUsage.rss();
  const service = new Service({ backend, tally, rss, send, detectors, clock });
  const containers = new Containers({ open: (sink) => new CommandContainer('ffmpeg', sink), send });
  process.on('message', (message) => {
    if (!containers.handle(message as ToVision)) service.handle(message as ToVision);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`vision: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof PixelError ? EX_UNAVAILABLE : 1);
});
