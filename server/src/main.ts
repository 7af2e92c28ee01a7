import { lookup } from 'node:dns/promises';
import { mkdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import manifest from '../package.json' with { type: 'json' };
import {
  ConfigurationError,
  createLog,
  type Environment,
  parseEnvironment,
  Settings,
  systemClock,
} from './kernel/index.ts';
import { createServer } from './server.ts';

/** sysexits.h: the launcher does not start the program again after it. */
const EX_CONFIG = 78;
const LOOKUP_MS = 1_000;
/** Milliseconds until what only the start needed is garbage. */
const TIDY_AFTER = 15_000;
const REFERENCE = new URL('../nightjar.default.yaml', import.meta.url);

/** All addresses of a name; a resolver that is slow now is asked again by the engine. */
function lookupAll(name: string) {
  const slow = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the resolver is slow')), LOOKUP_MS).unref();
  });
  return Promise.race([lookup(name, { all: true }), slow]);
}

async function run(environment: Environment): Promise<void> {
  const { dataDir, configFile, logLevel } = environment;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const reference = await readFile(REFERENCE, 'utf8');
  const settings = await Settings.open({ reference, dataDir, configFile });
  const log = createLog({ level: logLevel, write: (line) => process.stderr.write(line) });
  const server = await createServer(
    {
      clock: systemClock,
      log,
      print: (line) => process.stdout.write(`${line}\n`),
      lookup: lookupAll,
      interfaces: networkInterfaces,
      version: manifest.version,
    },
    environment,
    settings,
  );

  const drain = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
  if (environment.parentPipe) process.stdin.on('end', drain).on('error', drain).resume();
  setTimeout(tidyHeap, TIDY_AFTER).unref();
  await server.listen().catch((error: unknown) => {
    throw isTakenPort(error) ? new ConfigurationError([taken(error.port)]) : error;
  });
}

/** Costs 0.1 to 0.2 s, once, and gives a quarter of the heap back; the launcher makes it possible. */
function tidyHeap(): void {
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function isTakenPort(error: unknown): error is { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}

const taken = (port: number): string =>
  `port ${port} is taken: choose another with NIGHTJAR_HTTP_PORT or server.port, or 0 for any free one`;

try {
  await run(parseEnvironment(process.argv.slice(2), process.env));
} catch (error) {
  if (error instanceof ConfigurationError) {
    for (const line of error.lines) process.stderr.write(`nightjar server: ${line}\n`);
    process.exit(EX_CONFIG);
  }
  process.stderr.write(
    `nightjar server could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
