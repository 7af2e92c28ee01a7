import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { createLog } from '../../kernel/index.ts';
import { FakeClock } from '../../testing/index.ts';
import { type Delivery, NeverError, Outbox } from './index.ts';

const log = createLog({ level: 'silent', write: () => undefined });
const TO = { topic: 'pigeon', target: 'loft' };

let clock: FakeClock;
let database: Database;
let outbox: Outbox;
let taken: string[];
/** What the other side says; an error is thrown. */
let answer: () => string;

const open = (): Outbox => {
  const opened = new Outbox({ database, clock, log });
  opened.serve('pigeon', async ({ payload }: Delivery) => {
    const said = answer();
    taken.push(payload);
    return said;
  });
  return opened;
};
const only = async (): Promise<Delivery> => {
  await outbox.idle();
  const { deliveries } = await outbox.list(TO, { limit: 10, offset: 0 });
  return deliveries[0]!;
};

beforeEach(() => {
  clock = new FakeClock();
  database = openDatabase({ path: ':memory:', now: '' });
  taken = [];
  answer = () => 'thanks';
  outbox = open();
});
afterEach(async () => {
  await outbox.close();
  await database.close();
});

test('what is not taken is tried again after 5 s, 30 s, 2 min, 10 min, 1 h, 6 h and 24 h, and has then failed', async () => {
  answer = () => {
    throw new Error('nobody at home');
  };
  await outbox.add('pigeon', 'loft', { n: 1 });
  const waits: number[] = [];
  for (let attempts = 1; attempts <= 7; attempts++) {
    const { nextAt, ...now } = await only();
    expect(now).toMatchObject({ state: 'pending', attempts, detail: 'nobody at home' });
    const wait = Date.parse(nextAt) - clock.utc();
    waits.push(wait / 1000);
    // Far ones are looked at once a minute.
    for (let left = wait; left > 0; left -= 60_000) {
      clock.advance(Math.min(left, 60_000));
      await outbox.idle();
    }
  }
  expect(waits).toEqual([5, 30, 120, 600, 3_600, 21_600, 86_400]);
  expect(await only()).toMatchObject({ state: 'failed', attempts: 8 });
});

test('what will never be taken is not tried again, unless somebody asks', async () => {
  answer = () => {
    throw new NeverError('moved away');
  };
  const id = await outbox.add('pigeon', 'loft', { n: 1 });
  expect(await only()).toMatchObject({ id, state: 'failed', attempts: 1 });
  answer = () => 'thanks';
  await outbox.replay(TO, id);
  expect(await only()).toMatchObject({ id, state: 'delivered', attempts: 1, detail: 'thanks' });
});

test('one that is deaf keeps nobody else waiting, and a program that starts again goes on', async () => {
  answer = () => {
    throw new Error('not now');
  };
  await outbox.add('pigeon', 'loft', { n: 1 });
  expect(await outbox.waiting(TO)).toBe(1);
  await only();
  answer = () => 'thanks';
  await outbox.add('pigeon', 'tower', { n: 2 });
  await outbox.idle();
  expect(taken).toEqual(['{"n":2}']);
  await outbox.close();
  clock.advance(10_000);
  outbox = open();
  expect(await only()).toMatchObject({ state: 'delivered', attempts: 2 });
  expect(await outbox.waiting(TO)).toBe(0);
});
