import { type CameraArgs, parseCameraArgs, USAGE, UsageError } from './camera/args.ts';
import { type SyntheticCameras, startSyntheticCameras } from './camera/cameras.ts';

/** Runs until SIGINT, SIGTERM or, with NIGHTJAR_PARENT_PIPE=1, the end of stdin. */
async function main(): Promise<void> {
  const args = parseCameraArgs(process.argv.slice(2));
  if (!args) {
    console.log(USAGE);
    return;
  }
  const { port, host, manyWays, cameras, load, stats, quirks } = args;
  if (quirks === 'list' || quirks.length > 0) return showQuirks(quirks, host, port);
  const running = await startSyntheticCameras({
    port,
    host,
    manyWays,
    cameras,
    ...(load === undefined ? {} : { wildcard: load }),
    onError: (error) => console.error(error),
  });
  for (const { path, clip } of cameras) console.log(`${running.url(path)}  (${clip})`);
  if (load !== undefined) console.log(`${running.url('load/1')}  and every other path (${load})`);
  const stopStats = stats > 0 ? printStats(running, stats) : () => undefined;
  await ended();
  stopStats();
  await running.close();
  process.stdin.pause();
}

/** The films of the quirks take a while to load: only who asks for them pays for that. */
async function showQuirks(quirks: CameraArgs['quirks'], host: string, port: number): Promise<void> {
  const { quirkList, startQuirkyCameras } = await import('./quirks/cli.ts');
  if (quirks === 'list') {
    console.log(quirkList());
    return;
  }
  const running = await startQuirkyCameras(quirks, host, port);
  for (const { camera, name } of running) console.log(`${camera.url}  (${name})`);
  await ended();
  await Promise.all(running.map(({ camera }) => camera[Symbol.asyncDispose]()));
  process.stdin.pause();
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (process.env['NIGHTJAR_PARENT_PIPE'] !== '1') return;
    process.stdin.once('end', () => resolve()).once('error', () => resolve());
    process.stdin.resume();
  });
}

function printStats(running: SyntheticCameras, seconds: number): () => void {
  let cpu = process.cpuUsage();
  let { bytes } = running.stats();
  let at = performance.now();
  const timer = setInterval(() => {
    const [used, now, elapsed] = [process.cpuUsage(cpu), running.stats(), performance.now() - at];
    const rate = (((now.bytes - bytes) * 8) / elapsed / 1000).toFixed(1);
    const load = ((used.user + used.system) / elapsed / 10).toFixed(1);
    const memory = Math.round(process.memoryUsage.rss() / 1e6);
    console.log(`${now.playing} playing  ${rate} Mbit/s  ${load} % of a core  ${memory} MB`);
    [cpu, bytes, at] = [process.cpuUsage(), now.bytes, performance.now()];
  }, seconds * 1000);
  return () => clearInterval(timer);
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'the port is taken: choose another with --port, or 0 for any free one';
  if (code === 'EACCES') return 'the port needs more rights: choose one above 1023 with --port';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address given with --host';
  return message;
}

try {
  await main();
} catch (error) {
  console.error(`camera: ${explain(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
