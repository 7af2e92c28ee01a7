import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { engineSocketPath } from '@nightjar/contract/link';
import { copyInstallation, databaseFile } from '../database/index.ts';
import { openServerDatabase } from '../database/servers/index.ts';
import { ConfigurationError, isoNow, systemClock } from '../kernel/index.ts';
import { EX_TEMPFAIL, endWith, openSettings } from './open-settings.ts';

// `nightjar db copy`: what is in nightjar.db goes to the database of the configuration.
const { values } = parseArgs({ options: { config: { type: 'string' } } });

const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

async function run(): Promise<void> {
  const { environment, settings } = await openSettings(values.config);
  const { engine, ...address } = settings.config.database;
  if (engine === 'sqlite') {
    throw new ConfigurationError(['database.engine: name the server to copy to, postgres or mysql']);
  }
  if (await answers(engineSocketPath(environment.dataDir))) {
    process.stderr.write('nightjar db copy: the product runs on this data; stop it first\n');
    process.exitCode = EX_TEMPFAIL;
    return;
  }
  const now = isoNow(systemClock);
  const target = await openServerDatabase({
    address: { ...address, engine, password: environment.databasePassword },
    now,
    lost: () => undefined,
  });
  try {
    const copied = await copyInstallation(databaseFile(environment.dataDir), target, now);
    for (const [table, rows] of copied) process.stdout.write(`${String(rows).padStart(9)}  ${table}\n`);
    const rows = [...copied.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(`${rows} rows of ${copied.size} tables copied; nightjar.db stays as it was\n`);
  } finally {
    await target.close();
  }
}

try {
  await run();
} catch (error) {
  endWith('db copy', error);
}
