import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedIn } from '@nightjar/contract/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, FakeClock, FakeEngine, newDataDir, TestServer } from '../testing/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

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
  const audited = async (action: string) => {
    const page = await server.expect<{ items: { outcome: string }[] }>(
      200,
      'GET',
      `/api/v1/audit-logs?action=${action}`,
    );
    return page.items.map(({ outcome }) => outcome);
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

  test('refreshing rotates; a token that comes again later ends the whole sign-in, access tokens too', async () => {
    const first = signedIn(await login({ username: 'admin', password: PASSWORD }));
    const second = signedIn(await refresh(first.refresh_token));
    const third = signedIn(await refresh(second.refresh_token));
    const other = signedIn(await login({ username: 'admin', password: PASSWORD }));
    expect(await reads(third.access_token)).toBe(200);
    clock.advance(10_001);
    expect((await refresh(first.refresh_token)).status).toBe(401);
    expect((await refresh(third.refresh_token)).status).toBe(401);
    expect(await reads(third.access_token)).toBe(401);
    signedIn(await refresh(other.refresh_token));
  });

  test('for 10 s a token may be traded again: an answer was lost, or two tabs asked at once', async () => {
    const { refresh_token } = signedIn(await login({ username: 'admin', password: PASSWORD }));
    const both = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(both.map((answer) => answer.status)).toEqual([200, 200]);
    clock.advance(10_000);
    const third = signedIn(await refresh(refresh_token));
    clock.advance(1);
    expect((await refresh(refresh_token)).status).toBe(401);
    expect((await refresh(third.refresh_token)).status).toBe(401);
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
    expect(await audited('sign_in')).toEqual(['done', ...Array(5).fill('failed')]);
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
