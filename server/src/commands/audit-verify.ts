import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Verification, verifyChain } from '../access/audit/index.ts';
import { openConfigured } from '../database/index.ts';
import { createLog, isoNow, keyFile, systemClock } from '../kernel/index.ts';
import { endWith, openSettings } from './open-settings.ts';

// `nightjar audit verify`: reads the audit log from its oldest entry to the newest; the product may be running.
const { values } = parseArgs({ options: { config: { type: 'string' } } });

const sentence = ({ intact, entries, brokenAt, reason }: Verification): string =>
  intact
    ? `${entries} entries, nothing amiss`
    : `${entries} entries hold, then at entry ${brokenAt}: ${reason}`;

async function run(): Promise<void> {
  const { environment, settings } = await openSettings(values.config);
  const { dataDir, databasePassword: password, logLevel } = environment;
  const log = createLog({ level: logLevel, write: (line) => process.stderr.write(line) });
  const key = await keyFile(join(dataDir, 'keys', 'audit.key'), 32);
  const now = isoNow(systemClock);
  const database = await openConfigured({ dataDir, settings: settings.config.database, password, now, log });
  try {
    const result = await verifyChain(database.sql, key);
    process.stdout.write(`${sentence(result)}\n`);
    if (!result.intact) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

try {
  await run();
} catch (error) {
  endWith('audit verify', error);
}
