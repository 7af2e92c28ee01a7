import type { SignedIn } from '@nightjar/contract/platform';
import { TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, newDataDir, TestServer } from '../../../testing/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const OTHER = 'another-Password-77';

let clock: FakeClock;
let server: TestServer;
let admin: SignedIn;
beforeEach(async () => {
  clock = new FakeClock();
  server = await TestServer.start({ dataDir: await newDataDir(), clock, adminPassword: PASSWORD });
  await server.access.signIn(false);
  admin = await login({ username: 'admin', password: PASSWORD });
});
afterEach(() => server[Symbol.asyncDispose]());

/** What an authenticator app shows now. */
const totpCode = (secret: string, { utc }: Pick<FakeClock, 'utc'>): string =>
  new TOTP({ secret }).generate({ timestamp: utc.call(clock) });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const open = { authorization: '' };
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = open) =>
  server.call(method, `/api/v1/${path}`, body, headers);

async function login(body: object, status = 200): Promise<SignedIn> {
  const answer = await call('POST', 'auth/login', body);
  expect([answer.status, answer.text]).toEqual([status, answer.text]);
  return answer.body as SignedIn;
}

describe('the account of a person', () => {
  test('is told by profile and permissions', async () => {
    const profile = await call('GET', 'auth/profile', undefined, bearer(admin.access_token));
    expect(profile.body).toMatchObject({
      username: 'admin',
      role: 'admin',
      second_factor: false,
      must_change_password: false,
      last_sign_in_at: '2024-01-15T10:00:00.000Z',
    });
    const permissions = await call('GET', 'auth/permissions', undefined, bearer(admin.access_token));
    expect(permissions.body).toMatchObject({ kind: 'person', reach: 'all', streams: null });
    expect((await call('GET', 'auth/permissions')).status).toBe(401);
    // A token is no person.
    expect((await server.call('GET', '/api/v1/auth/profile')).status).toBe(403);
    expect((await server.call('GET', '/api/v1/auth/permissions')).status).toBe(200);
  });

  test('a new password ends every other sign-in at once', async () => {
    const second = await login({ username: 'admin', password: PASSWORD });
    const change = (body: object) => call('POST', 'auth/password', body, bearer(admin.access_token));
    const wrong = await change({ current_password: 'wrong', new_password: OTHER });
    expect(wrong.status).toBe(401);
    const weak = await change({ current_password: PASSWORD, new_password: 'short' });
    expect([weak.status, weak.body]).toEqual([
      400,
      { statusCode: 400, error: 'Bad Request', message: 'password: must have at least 12 characters' },
    ]);
    expect((await change({ current_password: PASSWORD, new_password: OTHER })).status).toBe(204);
    expect((await call('GET', 'auth/profile', undefined, bearer(second.access_token))).status).toBe(401);
    expect((await call('POST', 'auth/refresh', { refresh_token: second.refresh_token })).status).toBe(401);
    expect((await call('GET', 'auth/profile', undefined, bearer(admin.access_token))).status).toBe(200);
    await login({ username: 'admin', password: PASSWORD }, 401);
    await login({ username: 'admin', password: OTHER });
  });

  test('its sign-ins are listed and ended', async () => {
    const second = await login({ username: 'admin', password: PASSWORD });
    const list = await call('GET', 'sessions', undefined, bearer(admin.access_token));
    const { items } = list.body as { items: { id: string; current: boolean; method: string }[] };
    expect(items.map(({ current, method }) => [current, method]).toSorted()).toEqual([
      [false, 'password'],
      [true, 'password'],
    ]);
    const other = items.find(({ current }) => !current)?.id;
    const end = () => call('DELETE', `sessions/${other}`, undefined, bearer(admin.access_token));
    expect((await end()).status).toBe(204);
    expect((await end()).status).toBe(404);
    expect((await call('GET', 'auth/profile', undefined, bearer(second.access_token))).status).toBe(401);
    const third = await login({ username: 'admin', password: PASSWORD });
    expect((await call('DELETE', 'sessions', undefined, bearer(third.access_token))).status).toBe(204);
    expect((await call('GET', 'auth/profile', undefined, bearer(admin.access_token))).status).toBe(401);
    expect((await call('POST', 'auth/logout', undefined, bearer(third.access_token))).status).toBe(204);
    expect((await call('GET', 'auth/profile', undefined, bearer(third.access_token))).status).toBe(401);
  });
});

describe('a second factor', () => {
  const me = () => bearer(admin.access_token);
  async function setUp(): Promise<{ secret: string; codes: string[] }> {
    const begun = await call('POST', 'auth/totp', { password: PASSWORD }, me());
    const { secret, uri } = begun.body as { secret: string; uri: string };
    expect(uri).toMatch(/^otpauth:\/\/totp\/Nightjar:admin\?/);
    const code = totpCode(secret, clock);
    const confirmed = await call('POST', 'auth/totp/confirm', { code }, me());
    return { secret, codes: (confirmed.body as { recovery_codes: string[] }).recovery_codes };
  }

  test('is asked for once it is proved, and takes each code once', async () => {
    expect((await call('POST', 'auth/totp', { password: 'wrong' }, me())).status).toBe(401);
    const { secret } = await setUp();
    const asked = await call('POST', 'auth/login', { username: 'admin', password: PASSWORD });
    expect(asked.status).toBe(202);
    const { challenge } = asked.body as { challenge: string };
    const second = (code: string) => call('POST', 'auth/second-factor', { challenge, code });
    // The code that proved it has been used.
    expect((await second(totpCode(secret, clock))).status).toBe(401);
    clock.advance(30_000);
    const code = totpCode(secret, clock);
    expect((await second('000000')).status).toBe(401);
    expect((await second(code)).status).toBe(200);
    expect((await second(code)).status).toBe(401);
    await login({ username: 'admin', password: PASSWORD, code }, 401);
    clock.advance(30_000);
    await login({ username: 'admin', password: PASSWORD, code: totpCode(secret, clock) });
  });

  test('a wrong password says nothing of it', async () => {
    await setUp();
    await login({ username: 'admin', password: 'wrong' }, 401);
  });

  test('recovery codes stand in for it, each once', async () => {
    const { codes } = await setUp();
    expect(new Set(codes).size).toBe(10);
    const code = codes[3] ?? '';
    await login({ username: 'admin', password: PASSWORD, code: code.toUpperCase().replaceAll('-', ' ') });
    await login({ username: 'admin', password: PASSWORD, code }, 401);
    const profile = await call('GET', 'auth/profile', undefined, me());
    expect(profile.body).toMatchObject({ second_factor: true, recovery_codes: 9 });
  });

  test('guessing codes is slowed down for whoever has the password', async () => {
    await setUp();
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const body = { username: 'admin', password: PASSWORD, code: `00000${n}` };
      statuses.push((await call('POST', 'auth/login', body)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  test('a challenge counts five times and for five minutes', async () => {
    const { secret } = await setUp();
    const begin = async () => {
      const asked = await call('POST', 'auth/login', { username: 'admin', password: PASSWORD });
      return (asked.body as { challenge: string }).challenge;
    };
    const old = await begin();
    clock.advance(300_000);
    const second = (challenge: string) =>
      call('POST', 'auth/second-factor', { challenge, code: totpCode(secret, clock) });
    expect((await second(old)).status).toBe(401);
    expect((await second('nc_unknown')).status).toBe(401);
    expect((await second(await begin())).status).toBe(200);
  });

  test('is taken away with the password, or by an administrator', async () => {
    await setUp();
    expect((await call('POST', 'auth/totp', { password: PASSWORD }, me())).status).toBe(409);
    expect((await call('POST', 'auth/totp/remove', { password: PASSWORD }, me())).status).toBe(204);
    await login({ username: 'admin', password: PASSWORD });
    await setUp();
    await server.expect(204, 'DELETE', `/api/v1/users/${admin.user.id}/second-factor`);
    await login({ username: 'admin', password: PASSWORD });
  });

  test('its secret is sealed in the database', async () => {
    const { secret } = await setUp();
    expect(await server.stored()).not.toContain(secret);
  });
});

describe('the page', () => {
  const page = { ...open, 'sec-fetch-site': 'same-origin' };
  const cookiesOf = (headers: Record<string, unknown>) =>
    ((headers['set-cookie'] ?? []) as string[]).map((cookie) => cookie.split('; '));

  test('is given cookies that its programs cannot read, and needs the CSRF token to change something', async () => {
    const answer = await call('POST', 'auth/login', { username: 'admin', password: PASSWORD }, page);
    const cookies = cookiesOf(answer.headers);
    const flags = Object.fromEntries(cookies.map(([pair = '', ...rest]) => [pair.split('=')[0], rest]));
    expect(flags).toEqual({
      nj_session: ['Path=/', 'Max-Age=3600', 'SameSite=Strict', 'HttpOnly'],
      nj_refresh: ['Path=/api/v1/auth', 'Max-Age=604800', 'SameSite=Strict', 'HttpOnly'],
      nj_csrf: ['Path=/', 'Max-Age=604800', 'SameSite=Strict'],
      nj_device: ['Path=/api/v1/auth', 'Max-Age=31536000', 'SameSite=Strict', 'HttpOnly'],
    });
    const cookie = cookies.map(([pair]) => pair).join('; ');
    const csrf = /nj_csrf=([^;]+)/.exec(cookie)?.[1] ?? '';
    const session = { ...page, cookie };
    const profile = await call('GET', 'auth/profile', undefined, session);
    expect(profile.body).toMatchObject({ username: 'admin', csrf_token: csrf });
    const role = { username: 'jo', role: 'viewer', password: OTHER };
    expect((await call('POST', 'users', role, session)).status).toBe(403);
    expect((await call('POST', 'users', role, { ...session, 'x-csrf-token': 'x' })).status).toBe(403);
    const elsewhere = await login({ username: 'admin', password: PASSWORD });
    const foreign = await call('GET', 'auth/profile', undefined, bearer(elsewhere.access_token));
    const { csrf_token } = foreign.body as { csrf_token: string };
    expect((await call('POST', 'users', role, { ...session, 'x-csrf-token': csrf_token })).status).toBe(403);
    expect((await call('POST', 'users', role, { ...session, 'x-csrf-token': csrf })).status).toBe(201);

    const refreshed = await call('POST', 'auth/refresh', undefined, session);
    expect(refreshed.status).toBe(200);
    const out = await call('POST', 'auth/logout', undefined, { ...session, 'x-csrf-token': csrf });
    expect(out.status).toBe(204);
    expect(cookiesOf(out.headers).every(([, , age]) => age === 'Max-Age=0')).toBe(true);
    expect((await call('GET', 'auth/profile', undefined, session)).status).toBe(401);
  });

  test('a program is given none', async () => {
    const answer = await call('POST', 'auth/login', { username: 'admin', password: PASSWORD });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('of another site cannot even sign somebody in', async () => {
    const foreign = { ...open, 'sec-fetch-site': 'cross-site' };
    const answer = await call('POST', 'auth/login', { username: 'admin', password: PASSWORD }, foreign);
    expect(answer.status).toBe(403);
  });
});
