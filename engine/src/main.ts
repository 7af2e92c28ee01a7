import { startEngine } from './engine.ts';
import { createLog, readSettings, SettingsError } from './kernel/index.ts';
import { PeerPortError } from './webrtc/index.ts';

/** sysexits.h: the launcher does not restart after it. */
const EX_CONFIG = 78;
/** Milliseconds a drain may take. */
const DRAIN = 4_500;

// Whoever read the log may be gone, with the pipe to it: a drain goes on without a word.
process.stderr.on('error', () => undefined);
const log = createLog({ utc: Date.now, write: (line) => process.stderr.write(line) });

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const engine = await startEngine(settings, log);
  let draining = false;
  const drain = (): void => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), DRAIN).unref();
    engine.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('the engine could not be closed cleanly', { error });
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
  const taken = isTakenPort(error)
    ? `port ${error.port} is taken: choose another with ${variableOf(error)}, or 0 for any free one`
    : undefined;
  if (error instanceof SettingsError || taken) {
    log.error(taken ?? String(error instanceof Error ? error.message : error));
    process.exit(EX_CONFIG);
  }
  log.error('the engine could not start', { error });
  process.exit(1);
});

function variableOf(error: object): string {
  if (error instanceof PeerPortError) return 'NIGHTJAR_WEBRTC_PORT';
  const rtmp = process.env['NIGHTJAR_RTMP_PORT'] || '1935';
  // RTCP is on the port above.
  const udp = Number(process.env['NIGHTJAR_RTSP_UDP_PORT'] || '8556');
  if ('port' in error && (error.port === udp || error.port === udp + 1)) return 'NIGHTJAR_RTSP_UDP_PORT';
  return 'port' in error && String(error.port) === rtmp ? 'NIGHTJAR_RTMP_PORT' : 'NIGHTJAR_RTSP_PORT';
}

function isTakenPort(error: unknown): error is { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}
