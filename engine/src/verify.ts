import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type CheckDone, type CheckedFile, CheckPlaces } from '@nightjar/contract/footage';
import { engineSocketPath } from '@nightjar/contract/link';
import { isAnswering } from './door/index.ts';
import { createLog } from './kernel/index.ts';
import { checkFootage, fileStorage } from './recorder/index.ts';

/** sysexits.h: the state of the machine does not allow it. */
const EX_TEMPFAIL = 75;

// The engine's half of `nightjar verify`: says of every file what it is, one line of JSON each.
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    places: { type: 'string' },
    deep: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
  },
});

const tell = (line: CheckedFile | CheckDone): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function run(): Promise<void> {
  const { data, places, deep, repair } = values;
  if (data === undefined || places === undefined) throw new Error('--data and --places are needed');
  const { base_path: basePath, others } = CheckPlaces.parse(JSON.parse(places));
  if (repair && (await isAnswering(engineSocketPath(data)))) {
    process.stderr.write(
      'nightjar verify: the product runs on this data; stop it first to repair or rebuild\n',
    );
    process.exitCode = EX_TEMPFAIL;
    return;
  }
  const options = {
    storage: fileStorage,
    basePath,
    log: createLog({ utc: Date.now, write: (line) => process.stderr.write(line) }),
    deep,
    repair,
    now: Date.now(),
    lastWrite: async (path: string) => (await stat(path)).mtimeMs,
    found: tell,
  };
  let files = await checkFootage(options);
  for (const other of others) files += await checkFootage({ ...options, other });
  tell({ done: true, files });
}

await run();
