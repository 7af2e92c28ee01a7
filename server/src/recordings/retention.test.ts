import { describe, expect, test } from 'vitest';
import { createLog } from '../kernel/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Retention } from './retention.ts';

const HOUR = 3_600_000;
const log = createLog({ level: 'silent', write: () => undefined });

function build(over: { fail?: boolean; policies?: { streamId: string; days: number }[] } = {}) {
  const clock = new FakeClock('2024-01-15T10:00:00.000Z');
  const asked: string[] = [];
  const retention = new Retention({
    clock,
    log,
    policies: async () => over.policies ?? [{ streamId: 'yard', days: 7 }],
    deleteOlder: async (streamId, endedBefore) => {
      asked.push(`${streamId} ${endedBefore}`);
      if (over.fail) throw new Error('the engine is away');
      return 1;
    },
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
