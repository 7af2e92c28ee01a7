import { describe, expect, it } from 'vitest';
import { createRenewal, forgetRenewal } from './renewal.ts';

function setUp(answers: (number | Error)[]) {
  const entries = new Map<string, string>();
  let now = 1_000_000;
  let calls = 0;
  const renew = createRenewal({
    fetch: (async () => {
      calls += 1;
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return new Response(null, { status: answer });
    }) as typeof fetch,
    storage: {
      getItem: (key) => entries.get(key) ?? null,
      setItem: (key, value) => void entries.set(key, value),
    },
    now: () => now,
  });
  return {
    renew,
    calls: () => calls,
    later: (ms: number) => {
      now += ms;
    },
    forget: () => forgetRenewal({ removeItem: (key) => void entries.delete(key) }),
  };
}

describe('renewal', () => {
  it('is one for calls at the same time, and for tabs shortly after', async () => {
    const { renew, calls, later } = setUp([]);
    expect(await Promise.all([renew(), renew(), renew()])).toEqual([true, true, true]);
    expect(await renew()).toBe(true);
    expect(calls()).toBe(1);
    later(20_000);
    await renew();
    expect(calls()).toBe(2);
  });

  it('says no when the server does, or does not answer, and asks again', async () => {
    const { renew, calls } = setUp([401, new TypeError('fetch failed')]);
    expect(await renew()).toBe(false);
    expect(await renew()).toBe(false);
    expect(await renew()).toBe(true);
    expect(calls()).toBe(3);
  });

  it('of the session before counts no more', async () => {
    const { renew, calls, forget } = setUp([]);
    await renew();
    forget();
    await renew();
    expect(calls()).toBe(2);
  });
});
