import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { CheckDone, CheckedFile, type Tier } from '@nightjar/contract/footage';
import { surroundingsOf } from '@nightjar/contract/outbound';
import { EX_TEMPFAIL, endWith, openSettings } from './commands/open-settings.ts';
import { openConfigured } from './database/index.ts';
import { createLog, isoNow, systemClock } from './kernel/index.ts';
import { rebuildIndex, type Verification, verifyIndex } from './recordings/index.ts';
import { checkPlaces, inBuckets } from './recordings/tiers/index.ts';

// The server's half of `nightjar verify`: reads what the engine's half found and holds the index against it.
const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    where: { type: 'boolean', default: false },
    rebuild: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

async function filesFromInput(): Promise<CheckedFile[]> {
  const files: CheckedFile[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const value: unknown = JSON.parse(line);
    if (CheckDone.safeParse(value).success) return files;
    files.push(CheckedFile.parse(value));
  }
  process.exit(EX_TEMPFAIL);
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function summary({ files, bytes, open, repaired, removed, findings }: Verification): string {
  const parts = [
    `${plural(files, 'file')}, ${(bytes / 1e9).toFixed(2)} GB`,
    ...(open > 0 ? [`${open} being written`] : []),
    ...(repaired > 0 ? [`${repaired} repaired`] : []),
    ...(removed > 0 ? [`${removed} without footage removed`] : []),
    findings.length === 0 ? 'nothing amiss' : plural(findings.length, 'finding'),
  ];
  return parts.join('; ');
}

async function run(): Promise<void> {
  const { environment, settings } = await openSettings(values.config);
  const placement = {
    config: settings.config.tiers,
    basePath: settings.config.recording.base_path,
    keys: environment.storeKeys ?? {},
    outbound: settings.config.network,
    own: surroundingsOf(networkInterfaces()).own,
  };
  const places = checkPlaces(placement);
  if (values.where) {
    process.stdout.write(`${JSON.stringify(places)}\n`);
    return;
  }
  const onDisk = await filesFromInput();
  const buckets = await inBuckets(placement, { told: values.rebuild });
  const files = [...onDisk, ...buckets.files];
  const looked: Tier[] = ['hot', ...places.others.map(({ tier }) => tier), ...buckets.looked];
  for (const fault of buckets.faults) process.stderr.write(`not looked at: ${fault}\n`);
  if (buckets.faults.length > 0) process.exitCode = 1;
  const database = await openConfigured({
    ...{ dataDir: environment.dataDir, settings: settings.config.database, now: isoNow(systemClock) },
    password: environment.databasePassword,
    log: createLog({ level: environment.logLevel, write: (line) => process.stderr.write(line) }),
  });
  try {
    if (values.rebuild) {
      const rows = await rebuildIndex(database, files, looked);
      process.stderr.write(`the index was made anew from the files: ${plural(rows, 'row')}\n`);
    }
    const result = await verifyIndex(database, files, looked);
    if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else {
      for (const { streamId, filename, kind, detail } of result.findings)
        process.stdout.write(`${kind}  ${streamId}/${filename}  ${detail}\n`);
      process.stdout.write(`${summary(result)}\n`);
    }
    if (result.findings.length > 0) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

try {
  await run();
} catch (error) {
  endWith('verify', error);
}
