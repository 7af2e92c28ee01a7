import { startEngine } from './engine.ts';
import { readSettings, SettingsError } from './kernel/index.ts';

/** sysexits.h: the launcher does not restart after it. */
const EX_CONFIG = 78;
/** Milliseconds a drain may take. */
const DRAIN = 4_500;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const engine = await startEngine(settings);
  let draining = false;
  const drain = (): void => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), DRAIN).unref();
    engine.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('the engine could not be closed cleanly', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
  if (!settings.parentPipe) return;
  process.stdin.on('end', drain);
  process.stdin.on('error', drain);
  process.stdin.resume();
}

main().catch((error: unknown) => {
  if (error instanceof SettingsError) {
    console.error(`nightjar engine: ${error.message}`);
    process.exit(EX_CONFIG);
  }
  console.error('nightjar engine could not start', error);
  process.exit(1);
});
