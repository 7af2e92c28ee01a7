import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import { sql as raw } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Intake } from './intake.ts';

const AT = '2024-01-15T10:00:00.000Z';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-intake-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const viewer = {
  id: 'v1',
  stream_id: 'yard',
  protocol: 'mse',
  who: 'person:p',
  address: '',
  since: AT,
} as const;
const come: Fact = { kind: 'viewer.opened', ...viewer };
const gone: Fact = { kind: 'viewer.closed', ...viewer, at: AT, bytes: 1, dropped: 0, reason: 'left' };
const live: Fact = { kind: 'stream.state', stream_id: 'yard', state: 'live', previous: 'connecting', at: AT };
const grown: Fact = {
  kind: 'segment.grown',
  stream_id: 'yard',
  filename: 'a.mp4',
  start: AT,
  duration: 1,
  bytes: 1000,
};

test.each<[string, readonly Fact[], boolean]>([
  ['a state', [live], true],
  ['a coming and a state', [come, live], true],
  ['comings and goings', [come, gone], false],
  ['growth', [grown], false],
  ['growth and a coming', [grown, come], false],
])('%s: the disk is waited for', async (_what, facts, waits) => {
  const database = openDatabase({ path: join(folder, 'nightjar.db'), now: AT });
  const synchronous: (number | undefined)[] = [];
  const observed: Fact[] = [];
  const sink = {
    store: async (sql: typeof database.sql) => {
      const { rows } = await raw<{ synchronous: number }>`pragma synchronous`.execute(sql);
      synchronous.push(rows[0]?.synchronous);
    },
    observe: (fact: Fact) => observed.push(fact),
  };
  const intake = new Intake({ database, clock: new FakeClock(), sinks: [sink] });
  const batch = facts.map((fact, i) => ({ seq: i + 1, fact }));
  await intake.take('epoch', batch);
  await intake.take('epoch', batch);
  const [FULL, NORMAL] = [2, 1];
  expect(synchronous).toEqual(facts.map(() => (waits ? FULL : NORMAL)));
  expect(observed).toEqual(facts);
  await database.close();
});
