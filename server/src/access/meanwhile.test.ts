import { ALL_SCOPES } from '@nightjar/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { createLog, createVault, type Principal } from '../kernel/index.ts';
import { FakeClock } from '../testing/index.ts';
import { type AccessRoom, openAccess } from './index.ts';
import { peopleStore } from './people/store.ts';
import { totpCode } from './sign-in/second-factor.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const OTHER = 'Kp3vN8sTq6Yd1Hc5';
const ADMIN: Principal = { kind: 'person', id: 'root', name: 'root', scopes: ALL_SCOPES, reach: 'all' };
const ORIGIN = { address: '10.0.0.1', userAgent: 'test' };
/** Turns of the microtask queue between two calls that meet; below 0 the other one is first. */
const TURNS = Array.from({ length: 81 }, (_, turn) => turn - 40);

let database: Database;
let clock: FakeClock;
let rooms: AccessRoom;
beforeEach(() => {
  database = openDatabase({ path: ':memory:', now: '' });
  clock = new FakeClock();
  const key = Buffer.alloc(32, 3);
  rooms = openAccess({
    database,
    clock,
    log: createLog({ level: 'silent', write: () => undefined }),
    vault: createVault(key),
    keys: { tokens: key, audit: key, link: key },
    adminToken: undefined,
    adminPassword: undefined,
    auditDays: () => 30,
    guessed: () => undefined,
    oidc: () => undefined,
  });
});
afterEach(async () => {
  await rooms.audit.close();
  await database.close();
});

const someone = (username: string, role: 'viewer' | 'admin' = 'viewer') =>
  rooms.people.create(ADMIN, {
    ...{ username, email: null, role, extraScopes: [], reach: 'all', grants: [] },
    password: PASSWORD,
  });
const row = async (id: string) => (await peopleStore.find(database.sql, 'id', id))!;
/** Begins two things that meet: the second when the first is `turns` under way, or the other way round below 0. */
async function meet<A, B>(turns: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const settled: [Promise<A> | undefined, Promise<B> | undefined] = [undefined, undefined];
  if (turns < 0) settled[1] = other();
  else settled[0] = one();
  for (let n = 0; n < Math.abs(turns); n++) await Promise.resolve();
  return Promise.all([settled[0] ?? one(), settled[1] ?? other()]);
}

describe('what is changed meanwhile stays changed', () => {
  test('an account that is disabled while its code is taken', async () => {
    const { id } = await someone('eve');
    await someone('adam', 'admin');
    const { secret } = await rooms.factors.begin(id);
    await rooms.factors.confirm(id, totpCode(secret, clock));
    const stays: number[] = [];
    for (const turns of TURNS) {
      await rooms.people.update(ADMIN, id, { disabled: false });
      clock.advance(30_000);
      const person = await row(id);
      await meet(
        turns,
        () => rooms.factors.use(person, totpCode(secret, clock)),
        () => rooms.people.update(ADMIN, id, { disabled: true }),
      );
      if ((await row(id)).disabled) stays.push(turns);
    }
    expect(stays).toEqual(TURNS);
  });

  test('the secret of a client that is rotated while it signs in', async () => {
    const wanted = { name: 'c', id: 'c', scopes: [], reach: 'all', grants: [] } as const;
    let { secret } = await rooms.clients.create(ADMIN, wanted);
    const wrong: [number, string][] = [];
    for (const turns of TURNS) {
      const old = secret;
      const [issued, rotated] = await meet(
        turns,
        () => rooms.clientSessions.begin('c', old, ORIGIN).catch(() => undefined),
        () => rooms.clients.rotate(ADMIN, 'c'),
      );
      ({ secret } = rotated);
      if (await rooms.clients.open('c', old)) wrong.push([turns, 'the old secret opens']);
      if (!(await rooms.clients.open('c', secret))) wrong.push([turns, 'the new secret does not']);
      if (issued && (await rooms.access.authenticate(issued.accessToken)))
        wrong.push([turns, 'a sign-in by the old secret counts']);
      clock.advance(1_000);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a password that is proved counts as long as it is the password', () => {
  test('who proved the old one is not signed in by it', async () => {
    const { id } = await someone('eve');
    const proved = await row(id);
    await rooms.people.setPassword(id, OTHER);
    await expect(rooms.sessions.begin(proved, 'password', ORIGIN)).rejects.toThrow('Invalid username');
    await rooms.sessions.begin(await row(id), 'password', ORIGIN);
  });

  test('a second step that was begun before ends with it', async () => {
    const { id } = await someone('eve');
    const { secret } = await rooms.factors.begin(id);
    await rooms.factors.confirm(id, totpCode(secret, clock));
    const first = await rooms.sessions.login({ username: 'eve', password: PASSWORD }, ORIGIN);
    await rooms.people.setPassword(id, OTHER);
    clock.advance(30_000);
    const code = totpCode(secret, clock);
    const challenge = 'challenge' in first ? first.challenge : '';
    await expect(rooms.sessions.second(challenge, code, ORIGIN)).rejects.toThrow('Invalid username');
  });

  test('a device is known no more, also where the sign-in itself is kept', async () => {
    const { id } = await someone('eve');
    const device = rooms.tokens.deviceOf(await row(id));
    expect(rooms.tokens.deviceMatches(await row(id), device)).toBe(true);
    await rooms.people.setPassword(id, OTHER, 'session-of-this-page');
    expect(rooms.tokens.deviceMatches(await row(id), device)).toBe(false);
  });
});

test('who knows a password guesses few codes, from however many addresses', async () => {
  const { id } = await someone('eve');
  const { secret } = await rooms.factors.begin(id);
  await rooms.factors.confirm(id, totpCode(secret, clock));
  const said = new Map<string, number>();
  let challenge = '';
  for (let n = 0; n < 60; n++) {
    // Each takes five tries, from wherever they come.
    if (n % 5 === 0) {
      const begun = await rooms.sessions.login({ username: 'eve', password: PASSWORD }, ORIGIN);
      if ('challenge' in begun) ({ challenge } = begun);
    }
    const address = `2001:db8:${n.toString(16)}::1`;
    const answer = await rooms.sessions.second(challenge, 'no code', { ...ORIGIN, address }).then(
      () => 'in',
      (error: Error) => error.message,
    );
    said.set(answer, (said.get(answer) ?? 0) + 1);
  }
  expect(said).toEqual(
    new Map([
      ['Invalid code', 50],
      ['Too many attempts to sign in', 10],
    ]),
  );
});
