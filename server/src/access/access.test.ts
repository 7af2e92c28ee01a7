import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedIn } from '@nightjar/contract/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, FakeClock, FakeEngine, newDataDir, TestServer } from '../testing/index.ts';
import { openJwt, signJwt } from './jwt.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { Throttle } from './throttle.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

describe('passwords', () => {
  test('are hashed with argon2id, each time otherwise', async () => {
    const [one, two] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, PASSWORD)).toBe(true);
    expect(await verifyPassword(one, `${PASSWORD} `)).toBe(false);
    expect(await verifyPassword('$2b$10$nonsense', PASSWORD)).toBe(false);
  });

  test('made by the reference implementation are understood', async () => {
    // phc-winner-argon2 src/test.c: argon2id, version 0x13, t=2, m=2^16, p=1
    const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(hash, 'password')).toBe(true);
    expect(await verifyPassword(hash, 'Password')).toBe(false);
  });
});

describe('access tokens', () => {
  const key = Buffer.alloc(32, 7);
  const claims = { sub: 'person-1', iat: 1_000, exp: 4_600 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (header: object, body: object, with_ = key) => {
    const text = `${part(header)}.${part(body)}`;
    return `${text}.${createHmac('sha256', with_).update(text).digest('base64url')}`;
  };
  const HEADER = { alg: 'HS256', typ: 'at+jwt' };
  const whole = { iss: 'nightjar', aud: 'nightjar', ...claims };

  test('open with what was signed, until they expire', () => {
    const token = signJwt(key, claims);
    expect(openJwt(key, token, 4_599)).toMatchObject(claims);
    expect(openJwt(key, token, 4_600)).toBeUndefined();
  });

  test.each([
    ['no signature', `${part({ alg: 'none', typ: 'at+jwt' })}.${part(whole)}.`],
    ['none in capitals', signed({ alg: 'NONE', typ: 'at+jwt' }, whole)],
    ['another algorithm', signed({ alg: 'HS512', typ: 'at+jwt' }, whole)],
    ['another kind of token', signed({ alg: 'HS256', typ: 'JWT' }, whole)],
    ['an embedded key', signed({ ...HEADER, jwk: {} }, whole)],
    ['another key', signed(HEADER, whole, Buffer.alloc(32, 8))],
    ['an empty key', signed(HEADER, whole, Buffer.alloc(0))],
    ['another issuer', signed(HEADER, { ...whole, iss: 'someone' })],
    ['another audience', signed(HEADER, { ...whole, aud: 'someone' })],
    ['no expiry', signed(HEADER, { ...whole, exp: undefined })],
    ['an expiry of text', signed(HEADER, { ...whole, exp: '9999999999' })],
    ['a list', signed(HEADER, [])],
    ['four parts', `${signed(HEADER, whole)}.x`],
    ['two parts', `${part(HEADER)}.${part(whole)}`],
    ['nothing', ''],
  ])('%s is refused', (_what, token) => expect(openJwt(key, token, 2_000)).toBeUndefined());

  test('every changed character of the signature is noticed', () => {
    const token = signJwt(key, claims);
    const at = token.lastIndexOf('.') + 1;
    for (let n = at; n < token.length - 1; n++) {
      const other = token[n] === 'A' ? 'B' : 'A';
      expect(openJwt(key, `${token.slice(0, n)}${other}${token.slice(n + 1)}`, 2_000)).toBeUndefined();
    }
  });
});

describe('the throttle', () => {
  test('five guesses are free, then waits double up to a minute, and a quarter of an hour forgets', () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    const waits: number[] = [];
    for (let n = 0; n < 13; n++) {
      throttle.failed('admin', '10.0.0.1');
      const wait = throttle.wait('admin', '10.0.0.1');
      waits.push(wait);
      clock.advance(wait * 1000);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(throttle.wait('admin', '10.0.0.2')).toBe(0);
    clock.advance(15 * 60_000);
    throttle.failed('admin', '10.0.0.1');
    expect(throttle.wait('admin', '10.0.0.1')).toBe(0);
  });

  test('one address that tries many names waits, and so does one name from many addresses', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 20; n++) throttle.failed(`name-${n}`, '10.0.0.1');
    expect(throttle.wait('fresh', '10.0.0.1')).toBe(1);
    for (let n = 0; n < 50; n++) throttle.failed('admin', `10.0.1.${n}`);
    expect(throttle.wait('admin', '10.0.2.1')).toBe(1);
  });

  test('forgets the oldest before it grows without end', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 5; n++) throttle.failed('first', '10.0.0.1');
    expect(throttle.wait('first', '10.0.0.1')).toBe(1);
    for (let n = 0; n < 10_000; n++) throttle.failed(`n${n}`, `a${n}`);
    expect(throttle.wait('first', '10.0.0.1')).toBe(0);
  });
});

describe('signing in', () => {
  let dataDir: string;
  let clock: FakeClock;
  let server: TestServer;
  beforeEach(async () => {
    dataDir = await newDataDir();
    clock = new FakeClock(new Date().toISOString());
    server = await TestServer.start({ dataDir, clock, adminPassword: PASSWORD });
    await using _engine = await FakeEngine.start(dataDir);
    await server.listen();
    await server.settled();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  const open = { authorization: '' };
  const login = (body: unknown) => server.call('POST', '/api/v1/auth/login', body, open);
  const refresh = (refresh_token: string) =>
    server.call('POST', '/api/v1/auth/refresh', { refresh_token }, open);
  const signedIn = (answer: Answer) => {
    expect(answer.status).toBe(200);
    return answer.body as SignedIn;
  };
  const reads = async (token: string) =>
    (await server.call('GET', '/api/streams', undefined, { authorization: `Bearer ${token}` })).status;

  test('gives tokens that work on every surface, for an hour', async () => {
    const { access_token, refresh_token, expires_in, user } = signedIn(
      await login({ username: 'Admin', password: PASSWORD }),
    );
    expect(expires_in).toBe(3600);
    expect(user).toMatchObject({ username: 'admin', email: null, role: 'admin' });
    expect(await reads(access_token)).toBe(200);
    expect(await reads(refresh_token)).toBe(401);
    clock.advance(3_599_000);
    expect(await reads(access_token)).toBe(200);
    clock.advance(2_000);
    expect(await reads(access_token)).toBe(401);
  });

  test('refreshing rotates; a token that comes twice ends the whole sign-in', async () => {
    const first = signedIn(await login({ username: 'admin', password: PASSWORD }));
    const second = signedIn(await refresh(first.refresh_token));
    const third = signedIn(await refresh(second.refresh_token));
    const other = signedIn(await login({ username: 'admin', password: PASSWORD }));
    expect((await refresh(first.refresh_token)).status).toBe(401);
    expect((await refresh(third.refresh_token)).status).toBe(401);
    signedIn(await refresh(other.refresh_token));
  });

  test('of two refreshes at once one is reuse', async () => {
    const { refresh_token } = signedIn(await login({ username: 'admin', password: PASSWORD }));
    const both = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(both.map((answer) => answer.status).toSorted()).toEqual([200, 401]);
  });

  test('a refresh token is void after seven days', async () => {
    const { refresh_token } = signedIn(await login({ username: 'admin', password: PASSWORD }));
    clock.step(7 * 86_400_000);
    expect((await refresh(refresh_token)).status).toBe(401);
  });

  test.each([
    [{ username: 'admin', password: 'wrong' }, 401, 'Invalid username or password'],
    [{ username: 'nobody', password: PASSWORD }, 401, 'Invalid username or password'],
    [{ email: 'admin', password: PASSWORD }, 401, 'Invalid username or password'],
    [{ username: 'admin' }, 400, ['password: Invalid input: expected string, received undefined']],
    [{ password: PASSWORD }, 400, ['username: give either username or email']],
    [{ username: 'a', email: 'a', password: 'x' }, 400, ['username: give either username or email']],
    [{ username: 'a', password: 'x', admin: true }, 400, ['admin: Unrecognized key: "admin"']],
    ['{', 400, 'body: the request is not well-formed JSON'],
  ])('%j is answered %d in the dialect of S3', async (body, status, message) => {
    const answer = await login(body);
    const error = status === 401 ? 'Unauthorized' : 'Bad Request';
    expect(answer.body).toEqual({ statusCode: status, error, message });
    expect(answer.status).toBe(status);
  });

  test('guessing is slowed down, and the wait is told', async () => {
    for (let n = 0; n < 5; n++)
      expect((await login({ username: 'admin', password: `no-${n}` })).status).toBe(401);
    const refused = await login({ username: 'admin', password: PASSWORD });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    clock.advance(1_000);
    signedIn(await login({ username: 'admin', password: PASSWORD }));
  });

  test('neither password nor refresh token is stored or logged', async () => {
    const { refresh_token, access_token } = signedIn(await login({ username: 'admin', password: PASSWORD }));
    await login({ username: 'admin', password: `${PASSWORD}x` });
    await server.close();
    const stored = ['nightjar.db', 'nightjar.db-wal'].map((name) =>
      readFile(join(dataDir, name), 'latin1').catch(() => ''),
    );
    const places = [...(await Promise.all(stored)), ...server.logged, ...server.printed];
    for (const secret of [PASSWORD, refresh_token, access_token]) {
      expect(places.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});
