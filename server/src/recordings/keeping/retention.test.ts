import { describe, expect, test } from 'vitest';
import { createLog } from '../../kernel/index.ts';
import { FakeClock } from '../../testing/index.ts';
import { ClockSteps } from './clock-steps.ts';
import { Retention } from './retention.ts';

const HOUR = 3_600_000;
const log = createLog({ level: 'silent', write: () => undefined });

type Options = ConstructorParameters<typeof Retention>[0];

function build(
  over: { fail?: boolean; room?: Partial<Options>; policies?: { streamId: string; days: number }[] } = {},
) {
  const clock = new FakeClock('2024-01-15T10:00:00.000Z');
  const asked: string[] = [];
  const room = {
    limits: () => ({ maxBytes: null, minFreeBytes: null }),
    totalBytes: async () => 0,
    freeBytes: async () => 0,
    deleteOldest: async (bytes: number, reason: string) => {
      asked.push(`${reason} ${bytes}`);
      return { files: 1, bytes };
    },
    ...over.room,
  };
  const retention = new Retention({
    clock,
    clockSteps: new ClockSteps(clock),
    log,
    policies: async () => over.policies ?? [{ streamId: 'yard', days: 7 }],
    deleteOlder: async (streamId, endedBefore) => {
      asked.push(`${streamId} ${endedBefore}`);
      if (over.fail) throw new Error('the engine is away');
      return 1;
    },
    ...room,
  });
  return { clock, asked, retention };
}

describe('retention', () => {
  test('deletes by each stream’s own days', async () => {
    const policies = [
      { streamId: 'yard', days: 7 },
      { streamId: 'door', days: 0.5 },
    ];
    const { asked, retention } = build({ policies });
    await retention.sweep();
    expect(asked).toEqual(['yard 2024-01-08T10:00:00.000Z', 'door 2024-01-14T22:00:00.000Z']);
  });

  test('comes back every hour until it is closed', async () => {
    const { clock, asked, retention } = build();
    clock.advance(HOUR);
    await retention.sweep();
    clock.advance(HOUR - 1);
    expect(asked).toEqual(['yard 2024-01-08T11:00:00.000Z']);
    clock.advance(1);
    await retention.close();
    const count = asked.length;
    clock.advance(5 * HOUR);
    await retention.sweep();
    expect(asked).toHaveLength(count);
  });

  test('survives a failure and tries again', async () => {
    const { clock, asked, retention } = build({ fail: true });
    await retention.sweep();
    clock.advance(HOUR);
    await retention.sweep();
    expect(asked).toHaveLength(2);
  });

  test.each([
    [5 * 60_000, 1],
    [5 * 60_000 + 1, 0],
    [365 * 24 * HOUR, 0],
    [-(5 * 60_000 + 1), 0],
  ])('a clock that steps by %d ms: %d deletions', async (step, count) => {
    const { clock, asked, retention } = build();
    clock.step(step);
    await retention.sweep();
    expect(asked).toHaveLength(count);
    clock.step(-step);
    await retention.sweep();
    expect(asked).toHaveLength(count + 1);
  });
});

describe('room for footage', () => {
  const MB = 1e6;
  const limits = (maxBytes: number | null, minFreeBytes: number | null) => () => ({ maxBytes, minFreeBytes });

  test.each([
    ['no limit', limits(null, null), []],
    ['within both', limits(10 * MB, 1 * MB), []],
    ['too many bytes', limits(7 * MB, 1 * MB), ['quota 1000000']],
    ['too little room', limits(null, 6 * MB), ['space 1000000']],
    ['both', limits(7 * MB, 6 * MB), ['quota 1000000', 'space 1000000']],
  ])('%s', async (_what, limits, expected) => {
    const { asked, retention } = build({
      room: { limits, totalBytes: async () => 8 * MB, freeBytes: async () => 5 * MB },
    });
    await retention.makeRoom();
    expect(asked).toEqual(expected);
  });

  test('is looked after every 5 s; a disk that cannot be asked is left alone', async () => {
    let free: number | undefined = 5;
    const { clock, asked, retention } = build({
      room: { limits: limits(null, 10), freeBytes: async () => free },
    });
    clock.advance(5_000);
    await retention.makeRoom();
    expect(asked).toEqual(['space 5']);
    free = undefined;
    clock.advance(5_000);
    await retention.makeRoom();
    expect(asked).toHaveLength(1);
    await retention.close();
  });

  test('is not made while the clock is off', async () => {
    const { clock, asked, retention } = build({ room: { limits: limits(null, 10) } });
    clock.step(HOUR);
    await retention.makeRoom();
    expect(asked).toEqual([]);
  });

  test('that cannot be made is no reason to stop trying', async () => {
    let fail = true;
    const { asked, retention } = build({
      room: {
        limits: limits(7, null),
        totalBytes: async () => {
          if (fail) throw new Error('the database is away');
          return 8;
        },
      },
    });
    await retention.makeRoom();
    fail = false;
    await retention.makeRoom();
    expect(asked).toEqual(['quota 1']);
  });
});
