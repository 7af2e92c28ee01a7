import { ROLE_SCOPES, Role } from '@nightjar/contract';
import type { ApiTokenCreated, User, UserCreated } from '@nightjar/contract/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { FakeClock, newDataDir, TestServer } from '../../../testing/index.ts';

type Created = z.infer<typeof UserCreated>;
type Token = z.infer<typeof ApiTokenCreated>;

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const BCRYPT = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK';

let clock: FakeClock;
let server: TestServer;
beforeEach(async () => {
  clock = new FakeClock();
  server = await TestServer.start({ dataDir: await newDataDir(), clock, adminPassword: PASSWORD });
  await server.access.signIn(false);
});
afterEach(() => server[Symbol.asyncDispose]());

const open = { authorization: '' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const path = (rest: string) => `/api/v1/${rest}`;
const create = (body: object) => server.expect<Created>(201, 'POST', path('users'), body);
const reads = async (token: string) =>
  (await server.call('GET', '/api/streams', undefined, bearer(token))).status;
async function signIn(username: string, password = PASSWORD): Promise<string> {
  const answer = await server.call('POST', path('auth/login'), { username, password }, open);
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return (answer.body as { access_token: string }).access_token;
}

describe('people', () => {
  test('are created, listed, changed and removed', async () => {
    const jo = await create({ username: 'Jo', email: 'Jo@Example.com', role: 'viewer', password: PASSWORD });
    expect(jo).toMatchObject({ username: 'jo', email: 'jo@example.com', pending: false, invitation: null });
    expect(jo.scopes).toEqual(ROLE_SCOPES.viewer);
    const list = await server.expect<{ items: { username: string }[]; total: number }>(
      200,
      'GET',
      path('users'),
    );
    expect([list.items.map(({ username }) => username), list.total]).toEqual([['admin', 'jo'], 2]);
    const changed = await server.expect<z.infer<typeof User>>(200, 'PUT', path(`users/${jo.id}`), {
      role: 'operator',
      extra_scopes: ['streams:unblurred'],
    });
    expect(changed.scopes).toEqual([...ROLE_SCOPES.operator, 'streams:unblurred']);
    await server.expect(204, 'DELETE', path(`users/${jo.id}`));
    await server.expect(404, 'GET', path(`users/${jo.id}`));
    await server.expect(404, 'DELETE', path('users/nobody'));
  });

  test.each([
    [{ username: 'admin', role: 'viewer' }, 409, 'The user name is taken'],
    [{ username: 'ADMIN', role: 'viewer' }, 409, 'The user name is taken'],
    [{ username: 'a b', role: 'viewer' }, 400, undefined],
    [{ username: 'jo', role: 'root' }, 400, undefined],
    [{ username: 'jo', role: 'viewer', password: 'short' }, 400, undefined],
    [{ username: 'jo', role: 'viewer', password_hash: '$1$x' }, 400, 'password_hash: is no bcrypt hash'],
    [{ username: 'jo', role: 'viewer', email: 'x' }, 400, undefined],
    [{ username: 'jo', role: 'viewer', grants: [{ kind: 'stream', id: '../x' }] }, 400, undefined],
    [{ username: 'jo', role: 'viewer', id: 'x' }, 400, undefined],
  ])('%j is refused with %d', async (body, status, message) => {
    const answer = await server.call('POST', path('users'), body);
    expect(answer.status).toBe(status);
    if (message) expect(answer.body).toMatchObject({ statusCode: status, message });
  });

  test('of another system sign in with their old password, whose hash is made anew', async () => {
    const jo = await create({ username: 'jo', role: 'viewer', password_hash: BCRYPT });
    expect(await server.stored()).toContain(BCRYPT);
    await signIn('jo', 'U*U*');
    const hash = () => server.rows('people').find(({ id }) => id === jo.id)?.['password_hash'];
    expect(hash()).toMatch(/^\$argon2id\$/);
    await signIn('jo', 'U*U*');
  });

  test('that are invited set a password by a link, once and within a week', async () => {
    const jo = await create({ username: 'jo', role: 'viewer' });
    expect(jo).toMatchObject({ pending: true, invitation: { expires_at: '2024-01-22T10:00:00.000Z' } });
    const token = jo.invitation?.token ?? '';
    const redeem = (password: string, given = token) =>
      server.call('POST', path('auth/password-link'), { token: given, password }, open);
    expect((await redeem('short')).status).toBe(400);
    expect((await redeem(PASSWORD, 'nl_other')).status).toBe(401);
    expect((await redeem(PASSWORD)).status).toBe(204);
    expect((await redeem(PASSWORD)).status).toBe(401);
    await signIn('jo');
    const late = await create({ username: 'late', role: 'viewer' });
    clock.step(7 * 86_400_000);
    expect((await redeem(PASSWORD, late.invitation?.token)).status).toBe(401);
  });

  test('whose password is reset are signed out everywhere', async () => {
    const jo = await create({ username: 'jo', role: 'viewer', password: PASSWORD });
    const session = await signIn('jo');
    const link = await server.expect<{ token: string }>(201, 'POST', path(`users/${jo.id}/password-link`));
    const body = { token: link.token, password: 'another-Password-77' };
    expect((await server.call('POST', path('auth/password-link'), body, open)).status).toBe(204);
    expect(await reads(session)).toBe(401);
    await signIn('jo', body.password);
  });

  test('that are disabled or removed are out at once, their tokens too', async () => {
    const jo = await create({ username: 'jo', role: 'admin', password: PASSWORD });
    const session = await signIn('jo');
    const made = await server.call(
      'POST',
      path('api-tokens'),
      { name: 't', scopes: ['streams:read'] },
      bearer(session),
    );
    const { token } = made.body as Token;
    expect([await reads(session), await reads(token)]).toEqual([200, 200]);
    await server.expect(200, 'PUT', path(`users/${jo.id}`), { disabled: true });
    expect([await reads(session), await reads(token)]).toEqual([401, 401]);
    await server.expect(200, 'PUT', path(`users/${jo.id}`), { disabled: false });
    expect([await reads(session), await reads(token)]).toEqual([401, 200]);
    await server.expect(204, 'DELETE', path(`users/${jo.id}`));
    expect(await reads(token)).toBe(401);
  });

  test('the last administrator stays one', async () => {
    const { items } = await server.expect<{ items: { id: string }[] }>(200, 'GET', path('users'));
    const id = items[0]?.id;
    await server.expect(409, 'PUT', path(`users/${id}`), { role: 'viewer' });
    await server.expect(409, 'PUT', path(`users/${id}`), { disabled: true });
    await server.expect(409, 'DELETE', path(`users/${id}`));
    await create({ username: 'other', role: 'admin', password: PASSWORD });
    await server.expect(204, 'DELETE', path(`users/${id}`));
  });

  test('nobody makes somebody of more than they have', async () => {
    const scopes = ['users:read', 'users:write', 'tokens:write', 'clients:write', 'streams:read'];
    const { token } = await server.expect<Token>(201, 'POST', path('api-tokens'), { name: 'keeper', scopes });
    const call = (method: string, url: string, body?: object) =>
      server.call(method, url, body, bearer(token));
    const { items } = await server.expect<{ items: { id: string }[] }>(200, 'GET', path('users'));
    const admin = items[0]?.id;
    const refused = await Promise.all([
      call('POST', path('users'), { username: 'jo', role: 'admin' }),
      call('POST', path('users'), { username: 'jo', role: 'api', extra_scopes: ['backup:write'] }),
      call('PUT', path(`users/${admin}`), { disabled: false }),
      call('POST', path(`users/${admin}/password-link`)),
      call('DELETE', path(`users/${admin}/second-factor`)),
      call('DELETE', path(`users/${admin}`)),
      call('POST', path('api-tokens'), { name: 'x', scopes: ['config:write'] }),
      call('POST', '/v2/auth/clients', { name: 'x', scopes: ['config:write'] }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
    expect((await call('POST', path('api-tokens'), { name: 'x', scopes: ['streams:read'] })).status).toBe(
      201,
    );
  });

  test('roles are told', async () => {
    const { items } = await server.expect<{ items: { name: string }[] }>(200, 'GET', path('roles'));
    expect(items.map(({ name }) => name)).toEqual(Role.options);
  });
});

describe('API tokens', () => {
  const make = (body: object) => server.expect<Token>(201, 'POST', path('api-tokens'), body);

  test('are shown once, and stored as a hash', async () => {
    const made = await make({ name: 'script', scopes: ['streams:read'] });
    expect(made.token).toMatch(/^nj_[\w-]{43}$/);
    const { token, ...rest } = made;
    expect(await server.expect(200, 'GET', path(`api-tokens/${made.id}`))).toEqual(rest);
    expect(await server.stored()).not.toContain(token);
    expect(await reads(token)).toBe(200);
    const seen = await server.expect<Token>(200, 'GET', path(`api-tokens/${made.id}`));
    expect(seen.last_used_at).toBe('2024-01-15T10:00:00.000Z');
  });

  test('expire, are changed, revoked and deleted', async () => {
    const { id, token } = await make({ name: 'script', scopes: ['streams:read'], expires_in: 60 });
    clock.advance(59_999);
    expect(await reads(token)).toBe(200);
    clock.advance(1);
    expect(await reads(token)).toBe(401);
    await server.expect(200, 'PUT', path(`api-tokens/${id}`), { expires_in: null, scopes: ['events:read'] });
    expect(await reads(token)).toBe(403);
    await server.expect(200, 'PUT', path(`api-tokens/${id}`), { scopes: ['streams:read'] });
    expect(await reads(token)).toBe(200);
    const revoked = await server.expect<Token>(200, 'POST', path(`api-tokens/${id}/revoke`));
    expect(revoked.revoked_at).toBe('2024-01-15T10:01:00.000Z');
    expect(await reads(token)).toBe(401);
    await server.expect(204, 'DELETE', path(`api-tokens/${id}`));
    await server.expect(404, 'POST', path(`api-tokens/${id}/revoke`));
  });

  test('have a limit of their own', async () => {
    const { token } = await make({ name: 'slow', scopes: ['streams:read'], rate_limit: 2 });
    expect([await reads(token), await reads(token), await reads(token)]).toEqual([200, 200, 429]);
  });

  test('never do more than the person who made them, from that moment on', async () => {
    const jo = await create({ username: 'jo', role: 'admin', password: PASSWORD });
    const session = bearer(await signIn('jo'));
    const made = await server.call(
      'POST',
      path('api-tokens'),
      { name: 't', scopes: ['users:read', 'streams:read'] },
      session,
    );
    const { token } = made.body as Token;
    const users = async () => (await server.call('GET', path('users'), undefined, bearer(token))).status;
    expect(await users()).toBe(200);
    await server.expect(200, 'PUT', path(`users/${jo.id}`), { role: 'viewer' });
    expect([await users(), await reads(token)]).toEqual([403, 200]);
  });

  test('of others are not there for who may not see people', async () => {
    const jo = await create({
      username: 'jo',
      role: 'viewer',
      extra_scopes: ['tokens:read', 'tokens:write'],
      password: PASSWORD,
    });
    expect(jo.scopes).toContain('tokens:read');
    const session = bearer(await signIn('jo'));
    const foreign = await make({ name: 'admins', scopes: ['streams:read'] });
    const mine = await server.call(
      'POST',
      path('api-tokens'),
      { name: 'mine', scopes: ['streams:read'] },
      session,
    );
    const list = await server.call('GET', path('api-tokens'), undefined, session);
    expect(list.body).toMatchObject({ total: 1, items: [{ id: (mine.body as Token).id }] });
    const answers = await Promise.all(
      [foreign.id, 'token-unknown'].map((id) =>
        server.call('DELETE', path(`api-tokens/${id}`), undefined, session),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]?.text.replace(foreign.id, 'token-unknown')).toBe(answers[1]?.text);
  });

  const grants = [{ kind: 'stream', id: 'yard' }];
  const scopes = ['streams:read', 'tokens:read', 'tokens:write'];

  test.each([
    ['reaches one stream', { scopes, reach: 'granted', grants }],
    ['ends in a minute', { scopes, expires_in: 60 }],
    ['reads people without changing them', { scopes: [...scopes, 'users:read'] }],
    ['changes people of one stream', { scopes: [...scopes, 'users:write'], reach: 'granted', grants }],
  ])('that %s makes no token which reaches further or lasts longer', async (_what, body) => {
    const { token } = await make({ name: 'narrow', ...body });
    const wider = { name: 'wider', scopes: ['streams:read'], reach: 'all' };
    expect((await server.call('POST', path('api-tokens'), wider, bearer(token))).status).toBe(403);
  });

  test('that a token of a person makes end with that person too', async () => {
    const jo = await create({ username: 'jo', role: 'admin', password: PASSWORD });
    const session = bearer(await signIn('jo'));
    const token = async (headers: Record<string, string>, wanted: readonly string[]): Promise<string> => {
      const answer = await server.call('POST', path('api-tokens'), { name: 't', scopes: wanted }, headers);
      expect(answer.status).toBe(201);
      return (answer.body as Token).token;
    };
    const first = await token(session, [...scopes, 'users:write']);
    const second = await token(bearer(first), ['streams:read']);
    expect(await reads(second)).toBe(200);
    await server.expect(200, 'PUT', path(`users/${jo.id}`), { disabled: true });
    expect([await reads(first), await reads(second)]).toEqual([401, 401]);
  });

  test('of others are neither told nor changed by who reaches single streams or may not change people', async () => {
    const foreign = await make({ name: 'admins', scopes: ['streams:read'], reach: 'granted' });
    const who = { role: 'viewer', password: PASSWORD } as const;
    const extra_scopes = ['tokens:read', 'tokens:write', 'users:read'];
    await create({ username: 'near', ...who, extra_scopes, reach: 'granted', grants });
    await create({ username: 'far', ...who, extra_scopes });
    const near = bearer(await signIn('near'));
    const far = bearer(await signIn('far'));
    const call = async (method: string, headers: Record<string, string>, body?: object) =>
      (await server.call(method, path(`api-tokens/${foreign.id}`), body, headers)).status;
    expect([await call('GET', near), await call('GET', far)]).toEqual([404, 200]);
    for (const session of [near, far]) {
      expect(await call('PUT', session, { reach: 'all' })).toBe(404);
      expect(await call('DELETE', session)).toBe(404);
    }
  });
});

describe('API clients (S4)', () => {
  const make = (body: object) => server.call('POST', '/v2/auth/clients', body);
  const token = (body: object) => server.call('POST', '/v2/auth/token', body, open);

  test('sign in with id and secret, refresh, and are told their scopes', async () => {
    const made = await make({ name: 'Ruth AI', client_id: 'ruth-ai-client', scopes: ['streams:read'] });
    expect(made.status).toBe(201);
    const { client_secret } = made.body as { client_secret: string };
    expect(made.body).toMatchObject({ client_id: 'ruth-ai-client', scopes: ['streams:read'] });
    expect(await server.stored()).not.toContain(client_secret);
    const first = await token({ client_id: 'ruth-ai-client', client_secret });
    expect(first.body).toMatchObject({ expires_in: 3600, token_type: 'bearer', scopes: ['streams:read'] });
    const { access_token, refresh_token } = first.body as { access_token: string; refresh_token: string };
    expect(await reads(access_token)).toBe(200);
    const second = await token({ refresh_token, grant_type: 'refresh_token' });
    expect(second.status).toBe(200);
    clock.advance(10_001);
    expect((await token({ refresh_token })).status).toBe(401);
    expect(await reads((second.body as { access_token: string }).access_token)).toBe(401);
  });

  test('speak the dialect of S4', async () => {
    expect((await make({ name: 'x', scopes: ['streams:read'], client_id: 'x' })).status).toBe(201);
    const taken = await make({ name: 'x', scopes: [], client_id: 'x' });
    expect([taken.status, taken.body]).toEqual([409, { detail: 'A client of this ID is there already' }]);
    const wrong = await token({ client_id: 'x', client_secret: 'wrong' });
    const unknown = await token({ client_id: 'y', client_secret: 'wrong' });
    expect(wrong.body).toEqual({ detail: 'Invalid client_id or client_secret' });
    expect([wrong.status, unknown.status, unknown.text]).toEqual([401, 401, wrong.text]);
    const shape = await make({ name: 'x', scopes: ['streams:fly'] });
    expect(shape.status).toBe(422);
    expect(shape.body).toMatchObject({ detail: [{ loc: ['body', 'scopes', '0'], type: 'value_error' }] });
    expect((await token({ client_id: 'x' })).status).toBe(422);
    expect((await server.call('GET', '/v2/auth/clients', undefined, open)).body).toEqual({
      detail: 'Missing or invalid authentication',
    });
  });

  test('that are disabled, rotated or removed are out at once', async () => {
    const { client_secret } = (await make({ name: 'x', client_id: 'x', scopes: ['streams:read'] })).body as {
      client_secret: string;
    };
    const enter = async (secret: string) => {
      const answer = await token({ client_id: 'x', client_secret: secret });
      return (answer.body as { access_token?: string }).access_token;
    };
    const first = (await enter(client_secret)) ?? '';
    const rotated = await server.expect<{ client_secret: string }>(200, 'POST', '/v2/auth/clients/x/rotate');
    expect([await reads(first), await enter(client_secret)]).toEqual([401, undefined]);
    const second = (await enter(rotated.client_secret)) ?? '';
    expect(await reads(second)).toBe(200);
    await server.expect(200, 'PUT', '/v2/auth/clients/x', { disabled: true });
    expect([await reads(second), await enter(rotated.client_secret)]).toEqual([401, undefined]);
    await server.expect(200, 'PUT', '/v2/auth/clients/x', { disabled: false });
    const third = (await enter(rotated.client_secret)) ?? '';
    await server.expect(204, 'DELETE', '/v2/auth/clients/x');
    expect(await reads(third)).toBe(401);
    expect((await server.call('DELETE', '/v2/auth/clients/x')).status).toBe(404);
  });
});

describe('camera groups', () => {
  test('are made, changed and removed, and rights on one follow its cameras', async () => {
    for (const id of ['yard', 'door', 'hall']) {
      await server.expect(201, 'POST', '/api/streams', { id, source_url: `rtsp://10.0.0.5/${id}` });
    }
    const group = await server.expect<{ id: string }>(201, 'POST', path('camera-groups'), {
      name: 'Outside',
      cameras: ['yard', 'door'],
    });
    await server.expect(409, 'POST', path('camera-groups'), { name: 'Outside' });
    await server.expect(201, 'POST', path('camera-groups'), { name: 'Inside', cameras: ['hall'] });
    const grants = [{ kind: 'group', id: group.id }];
    await create({ username: 'jo', role: 'viewer', password: PASSWORD, reach: 'granted', grants });
    const session = bearer(await signIn('jo'));
    const seen = async () => {
      const { body } = await server.call('GET', '/api/streams', undefined, session);
      return (body as { streams: { id: string }[] }).streams.map(({ id }) => id).toSorted();
    };
    expect(await seen()).toEqual(['door', 'yard']);
    const list = await server.call('GET', path('camera-groups'), undefined, session);
    expect(list.body).toMatchObject({ total: 1, items: [{ name: 'Outside', cameras: ['door', 'yard'] }] });
    await server.expect(200, 'PUT', path(`camera-groups/${group.id}`), { cameras: ['hall'] });
    expect(await seen()).toEqual(['hall']);
    await server.expect(204, 'DELETE', path(`camera-groups/${group.id}`));
    expect(await seen()).toEqual([]);
    await server.expect(404, 'DELETE', path(`camera-groups/${group.id}`));
  });
});

describe('the audit log', () => {
  test('has who did what, refusals and failures too, and is intact', async () => {
    const jo = await create({ username: 'jo', role: 'viewer', password: PASSWORD });
    const session = bearer(await signIn('jo'));
    await server.call('DELETE', path(`users/${jo.id}`), undefined, session);
    await server.call('POST', path('auth/login'), { username: 'jo', password: 'wrong' }, open);
    // There is no engine in this test: it was tried, and failed.
    await server.call('GET', '/live/yard/play.mp4?start=a&end=b', undefined, session);
    const { items } = await server.expect<{ items: Record<string, unknown>[] }>(
      200,
      'GET',
      path('audit-logs'),
    );
    expect(items.map(({ action, outcome, actor_name }) => [action, outcome, actor_name])).toEqual([
      ['recording.viewed', 'failed', 'jo'],
      ['sign_in', 'failed', 'jo'],
      ['DELETE /api/v1/users/:id', 'refused', 'jo'],
      ['sign_in', 'done', 'jo'],
      ['POST /api/v1/users', 'done', 'environment'],
    ]);
    expect(items[2]).toMatchObject({ actor: `person:${jo.id}`, object: { id: jo.id }, address: '127.0.0.1' });
    const only = await server.expect<{ total: number }>(200, 'GET', path('audit-logs?outcome=refused'));
    expect(only.total).toBe(1);
    // Reading it is written down as well: once above, once here.
    expect(await server.expect(200, 'GET', path('audit-logs/verify'))).toEqual({
      intact: true,
      entries: 7,
      broken_at: null,
      reason: null,
    });
  });
});
