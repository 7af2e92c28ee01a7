import type { IncomingMessage } from 'node:http';
import { ERRORS, type Scope } from '@nightjar/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FakeClock } from '../../testing/index.ts';
import { DomainError } from '../domain-error.ts';
import { createLog } from '../log.ts';
import type { Attempt } from './access.ts';
import { type App, createHttpApp } from './app.ts';
import { clientAddresses } from './client-address.ts';

const LIMITS = { reads_per_minute: 100, writes_per_minute: 20 };

async function build(routes: (app: App) => void, over: Partial<Parameters<typeof createHttpApp>[0]> = {}) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const app = await createHttpApp({
    log: createLog({ level: 'trace', write: (line) => logged.push(line) }),
    clock,
    version: '0',
    limits: () => LIMITS,
    authenticate: async (credential) =>
      credential.startsWith('good')
        ? {
            kind: 'api_token',
            id: credential,
            name: credential,
            scopes: ['streams:read'] satisfies Scope[],
            reach: 'all',
            ...(credential === 'good-limited' ? { rateLimit: 2 } : {}),
          }
        : undefined,
    dialects: [
      { prefix: '/other', body: ({ code }) => ({ other: code }) },
      { prefix: '/', body: ({ code, message, details }) => ({ error: { code, message, details } }) },
    ],
    ...over,
  });
  routes(app);
  return { app, clock, logged };
}

const READ = { access: { scope: 'streams:read' } } as const;
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

describe('access', () => {
  test('a route without a policy stops the program from starting', async () => {
    await expect(build((app) => app.get('/open', () => 'x'))).rejects.toThrow(
      'GET /open declares no access policy',
    );
    await expect(
      build((app) => void app.register(async (inner) => void inner.post('/inner', () => 'x'))).then(
        ({ app }) => app.ready(),
      ),
    ).rejects.toThrow('declares no access policy');
  });

  test('a policy that names a parameter which is not there stops it too', async () => {
    const config = { access: { scope: 'streams:read', object: { stream: 'id' } } } as const;
    await expect(build((app) => app.get('/streams/:stream', { config }, () => 'x'))).rejects.toThrow(
      'GET /streams/:stream has no parameter id',
    );
  });

  describe('of who reaches single streams only', () => {
    const reach = new Map<string, Scope[] | null>([
      ['mine', null],
      ['half', ['events:read']],
    ]);
    const table = [
      ['/one/mine', 200],
      ['/one/half', 403],
      ['/one/foreign', 404],
      ['/one/unknown', 404],
      ['/list', 200],
      ['/system', 403],
      ['/silent', 403],
      ['/self', 200],
    ] as const;
    test.each(table)('GET %s: %d', async (url, status) => {
      const { app } = await build(
        (routes) => {
          const read = { scope: 'streams:read' } as const;
          routes.get('/one/:id', { config: { access: { ...read, object: { stream: 'id' } } } }, () => 'x');
          routes.get('/list', { config: { access: { ...read, object: 'listing' } } }, () => 'x');
          routes.get('/system', { config: { access: { ...read, object: 'system' } } }, () => 'x');
          routes.get('/silent', { config: { access: read } }, () => 'x');
          routes.get('/self', { config: { access: 'self' } }, () => 'x');
        },
        {
          authenticate: async (id) => ({ kind: 'person', id, name: id, scopes: ['streams:read'], reach }),
        },
      );
      const answer = await app.inject({ url, headers: bearer('x') });
      expect(answer.statusCode).toBe(status);
      if (status === 404) {
        const id = url.slice('/one/'.length);
        expect(answer.json().error).toEqual({
          code: 'STREAM_NOT_FOUND',
          message: `Stream with ID '${id}' not found`,
          details: { stream_id: id },
        });
      }
      expect((await app.inject({ url })).statusCode).toBe(401);
    });
  });

  describe('from pages of other sites', () => {
    const principal = { kind: 'person', id: 'p', name: 'p', scopes: ['streams:read'], reach: 'all' } as const;
    const own = { host: 'cam.lan:3000' };
    const cookie = { ...own, cookie: 'a=b; nj_session=good; nj_csrf=right' };
    const token = { 'x-csrf-token': 'right' };
    const table: [method: 'GET' | 'POST', url: string, headers: Record<string, string>, status: number][] = [
      ['GET', '/read', cookie, 200],
      ['POST', '/read', cookie, 403],
      ['POST', '/read', { ...cookie, ...token }, 200],
      ['POST', '/read', { ...cookie, 'x-csrf-token': 'wrong' }, 403],
      ['POST', '/read', bearer('good'), 200],
      ['POST', '/read', { ...bearer('good'), 'x-csrf-token': 'wrong' }, 403],
      ['GET', '/read', { ...bearer('good'), 'x-csrf-token': 'wrong' }, 403],
      ['GET', '/read', { ...bearer('bad'), ...cookie }, 401],
      ['GET', '/read', { ...cookie, 'sec-fetch-site': 'same-origin' }, 200],
      ['GET', '/read', { ...cookie, 'sec-fetch-site': 'none' }, 200],
      ['GET', '/read', { ...cookie, 'sec-fetch-site': 'same-site' }, 403],
      ['GET', '/read', { ...cookie, 'sec-fetch-site': 'cross-site' }, 403],
      ['GET', '/read', { ...bearer('good'), 'sec-fetch-site': 'cross-site' }, 403],
      ['POST', '/read', { ...cookie, ...token, origin: 'http://cam.lan:3000' }, 200],
      ['POST', '/read', { ...cookie, ...token, origin: 'http://cam.lan:3001' }, 403],
      ['POST', '/read', { ...cookie, ...token, origin: 'http://evil.test' }, 403],
      ['POST', '/read', { ...cookie, ...token, origin: 'null' }, 403],
      ['GET', '/public', { ...own, 'sec-fetch-site': 'cross-site' }, 200],
      ['POST', '/public', { ...own, 'sec-fetch-site': 'cross-site' }, 403],
      ['GET', '/player', { ...bearer('good'), 'sec-fetch-site': 'cross-site', origin: 'http://x.test' }, 200],
      ['GET', '/player', { ...cookie, 'sec-fetch-site': 'cross-site' }, 403],
      ['GET', '/nowhere', { ...cookie, 'sec-fetch-site': 'cross-site' }, 404],
    ];
    test.each(table)('%s %s with %j: %d', async (method, url, headers, status) => {
      const { app } = await build(
        (routes) => {
          for (const each of ['GET', 'POST'] as const) {
            routes.route({ method: each, url: '/read', config: READ, handler: () => 'x' });
            routes.route({ method: each, url: '/public', config: { access: 'public' }, handler: () => 'x' });
          }
          routes.get('/player', { config: { ...READ, crossSite: true } }, () => 'x');
        },
        {
          authenticate: async (credential) => (credential === 'good' ? principal : undefined),
          csrfMatches: (_principal, sent) => sent === 'right',
        },
      );
      expect((await app.inject({ method, url, headers })).statusCode).toBe(status);
    });
  });

  test('a ticket opens only where the policy says so', async () => {
    const scopes = ['streams:read'] as const;
    const reach = new Map([['mine', null]]);
    const { app } = await build(
      (routes) => {
        const access = { scope: 'streams:read', object: { stream: 'id' } } as const;
        routes.get('/media/:id', { config: { access: { ...access, ticket: true } } }, () => 'x');
        routes.get('/data/:id', { config: { access } }, () => 'x');
      },
      {
        redeem: async (ticket) =>
          ticket === 'good' ? { kind: 'person', id: 'p', name: 'p', scopes, reach } : undefined,
      },
    );
    const status = async (url: string) => (await app.inject({ url })).statusCode;
    expect(await status('/media/mine?ticket=good')).toBe(200);
    expect(await status('/media/other?ticket=good')).toBe(404);
    expect(await status('/media/mine?ticket=bad')).toBe(401);
    expect(await status('/media/mine?ticket=good&ticket=good')).toBe(401);
    expect(await status('/data/mine?ticket=good')).toBe(401);
    const headers = { cookie: 'nj_session=ended' };
    expect((await app.inject({ url: '/media/mine?ticket=good', headers })).statusCode).toBe(200);
  });

  test('what changes something is told, and what asks to be; whoever is nobody is not', async () => {
    const told: Attempt[] = [];
    const { app } = await build(
      (routes) => {
        routes.post('/things/:name', { config: READ }, () => 'x');
        routes.get('/things/:name', { config: READ }, () => 'x');
        routes.get('/film', { config: { ...READ, audit: 'film.seen' } }, () => 'x');
        const ofOld = ({ url }: { url: string }) => (url.includes('old') ? 'old.seen' : undefined);
        routes.get('/mixed', { config: { ...READ, audit: ofOld } }, () => 'x');
        routes.post('/noise', { config: { ...READ, audit: false } }, () => 'x');
        routes.post('/write', { config: { access: { scope: 'streams:write' } } }, () => 'x');
      },
      { attempted: (attempt) => told.push(attempt) },
    );
    const call = (method: 'GET' | 'POST', url: string, headers = bearer('good')) =>
      app.inject({ method, url, headers });
    await call('POST', '/things/a');
    await call('GET', '/things/a');
    await call('GET', '/film');
    await call('GET', '/mixed');
    await call('GET', '/mixed?old');
    await call('POST', '/noise');
    await call('POST', '/write');
    await call('POST', '/write', bearer('bad'));
    expect(told.map(({ action, status, object }) => [action, status, object])).toEqual([
      ['POST /things/:name', 200, { name: 'a' }],
      ['film.seen', 200, {}],
      ['old.seen', 200, {}],
      ['POST /write', 403, {}],
    ]);
    expect(told[0]).toMatchObject({ principal: { id: 'good' }, address: '127.0.0.1' });
  });

  const matrix = [
    ['/public', undefined, 200],
    ['/public', 'good', 200],
    ['/public', 'bad', 200],
    ['/read', undefined, 401],
    ['/read', 'bad', 401],
    ['/read', 'good', 200],
    ['/write', undefined, 401],
    ['/write', 'good', 403],
  ] as const;
  test.each(matrix)('GET %s as %s: %d', async (url, credential, status) => {
    const { app } = await build((routes) => {
      routes.get('/public', { config: { access: 'public' } }, () => 'x');
      routes.get('/read', { config: READ }, () => 'x');
      routes.get('/write', { config: { access: { scope: 'streams:write' } } }, () => 'x');
    });
    const headers = credential === undefined ? {} : bearer(credential);
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await app.inject({ method, url, headers });
      expect(response.statusCode).toBe(status);
      if (status === 401) expect(response.headers['www-authenticate']).toBe('Bearer');
    }
  });

  test.each(['good', 'Basic good', 'Bearer', 'Bearer  ', 'Bearer a b', 'bearergood'])(
    'the header %j is no credential',
    async (authorization) => {
      const { app } = await build((routes) => void routes.get('/read', { config: READ }, () => 'x'));
      expect((await app.inject({ url: '/read', headers: { authorization } })).statusCode).toBe(401);
    },
  );
});

describe('the address of a caller', () => {
  test.each([
    ['is not what a stranger says', [], '127.0.0.1'],
    ['is what a trusted proxy says', ['127.0.0.0/8'], '192.0.2.7'],
    ['is not what another proxy says', ['10.0.0.1'], '127.0.0.1'],
  ])('%s', async (_what, trustedProxies, expected) => {
    const { app } = await build(
      (routes) => void routes.get('/ip', { config: { access: 'public' } }, (request) => request.ip),
      { trustedProxies },
    );
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    expect((await app.inject({ url: '/ip', headers })).body).toBe(expected);
  });

  test.each([
    ['10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['10.0.0.1', '198.51.100.9, 192.0.2.7', '192.0.2.7'],
    ['10.0.0.1', '198.51.100.9, 10.0.0.2', '198.51.100.9'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['fd00::1', '2001:db8::7', '2001:db8::7'],
    ['192.0.2.9', '192.0.2.7', '192.0.2.9'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('%s that speaks for %j is %s, for what is upgraded too', async (remoteAddress, forwarded, expected) => {
    const trustedProxies = ['10.0.0.0/8', 'fd00::1'];
    const { app } = await build(
      (routes) => void routes.get('/ip', { config: { access: 'public' } }, (request) => request.ip),
      { trustedProxies },
    );
    const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
    expect((await app.inject({ url: '/ip', headers, remoteAddress })).body).toBe(expected);
    const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
    expect(clientAddresses(trustedProxies)(request)).toBe(expected);
  });

  test('nonsense in front of a trusted proxy is nobody', () => {
    const request = {
      headers: { 'x-forwarded-for': "' or 1=1" },
      socket: { remoteAddress: '::ffff:10.0.0.1' },
    };
    expect(clientAddresses(['10.0.0.1'])(request as unknown as IncomingMessage)).toBe('10.0.0.1');
  });
});

describe('limits', () => {
  const routes = (app: App) => {
    app.get('/api/x', { config: READ }, () => 'x');
    app.post('/api/x', { config: READ }, () => 'x');
    app.get('/media', { config: { ...READ, counted: false } }, () => 'x');
  };

  test.each([
    ['GET', 100],
    ['POST', 20],
  ] as const)('%s: %d a minute for each principal', async (method, limit) => {
    const { app, clock } = await build(routes);
    const call = (credential: string) => app.inject({ method, url: '/api/x', headers: bearer(credential) });
    for (let n = 1; n <= limit; n++) {
      const response = await call('good-1');
      expect(response.statusCode).toBe(200);
      expect(response.headers).toMatchObject({
        'ratelimit-limit': String(limit),
        'ratelimit-remaining': String(limit - n),
        'ratelimit-reset': '60',
      });
    }
    clock.advance(15_000);
    const refused = await call('good-1');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('45');
    expect(refused.json()).toEqual({
      error: { code: 'RATE_LIMITED', message: ERRORS.RATE_LIMITED.message, details: { retry_after: 45 } },
    });
    expect((await call('good-2')).statusCode).toBe(200);
    clock.advance(45_000);
    expect((await call('good-1')).statusCode).toBe(200);
  });

  test('reads and writes have allowances of their own, and so has the page', async () => {
    const { app } = await build(routes);
    const call = (method: 'GET' | 'POST', headers = {}) =>
      app.inject({ method, url: '/api/x', headers: { ...bearer('good'), ...headers } });
    for (let n = 0; n < 20; n++) await call('POST');
    expect((await call('POST')).statusCode).toBe(429);
    expect((await call('GET')).statusCode).toBe(200);
    expect((await call('POST', { 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
  });

  test('a program with a limit of its own keeps to it, whatever it says of itself', async () => {
    const { app } = await build(routes);
    const headers = { ...bearer('good-limited'), 'sec-fetch-site': 'same-origin' };
    const call = async () => (await app.inject({ url: '/api/x', headers })).statusCode;
    expect([await call(), await call(), await call()]).toEqual([200, 200, 429]);
  });

  test('strangers of one IPv6 network are counted as one', async () => {
    const { app } = await build((open) => open.get('/open', { config: { access: 'public' } }, () => 'x'));
    const call = async (remoteAddress: string) =>
      (await app.inject({ url: '/open', remoteAddress })).statusCode;
    for (let n = 0; n < 100; n++) expect(await call(`2001:db8::${n.toString(16)}`)).toBe(200);
    expect(await call('2001:db8::ffff')).toBe(429);
    expect(await call('2001:db8:0:1::1')).toBe(200);
  });

  test('media is not counted, but a wrong credential always is, by address', async () => {
    const { app } = await build(routes);
    for (let n = 0; n < 150; n++) {
      expect((await app.inject({ url: '/media', headers: bearer('good') })).statusCode).toBe(200);
    }
    const guess = (n: number) => app.inject({ url: '/media', headers: bearer(`bad-${n}`) });
    for (let n = 0; n < 100; n++) expect((await guess(n)).statusCode).toBe(401);
    expect((await guess(100)).statusCode).toBe(429);
    expect((await app.inject({ url: '/media', headers: bearer('good') })).statusCode).toBe(200);
  });
});

describe('errors', () => {
  const body = z.strictObject({ n: z.number() });
  const routes = (app: App) => {
    app.post('/echo', { config: { access: 'public' }, schema: { body } }, (request) => request.body);
    app.get('/fault', { config: { access: 'public' } }, () => {
      throw new Error('internal text with rtsp://a:secret@host/');
    });
    app.get('/domain', { config: { access: 'public' } }, () => {
      throw new DomainError('STREAM_BUSY', 'busy', { a: 1 });
    });
    app.get('/other/domain', { config: { access: 'public' } }, () => {
      throw new DomainError('STREAM_BUSY');
    });
    const response = { 200: z.object({ n: z.number() }) };
    app.get('/lie', { config: { access: 'public' }, schema: { response } }, () => ({ n: 'x' }) as never);
  };

  test.each([
    ['malformed JSON', '{', {}, 400, 'INVALID_CONFIGURATION'],
    ['a wrong field', '{"n":"x"}', {}, 400, 'INVALID_CONFIGURATION'],
    ['another type', 'n=1', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'n=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too much', `{"n":${'1'.repeat(300_000)}}`, {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['40,000 levels', `${'{"n":'.repeat(40_000)}1${'}'.repeat(40_000)}`, {}, 400, 'INVALID_CONFIGURATION'],
    ['prototype poisoning', '{"n":1,"constructor":{"prototype":{}}}', {}, 400, 'INVALID_CONFIGURATION'],
  ])('%s', async (_what, payload, headers, status, code) => {
    const { app } = await build(routes);
    const response = await app.inject({
      method: 'POST',
      url: '/echo',
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(response.statusCode).toBe(status);
    expect(response.json().error.code).toBe(code);
  });

  test.each(['/fault', '/lie'])('%s tells nothing but that it failed, and the log knows', async (url) => {
    const { app, logged } = await build(routes);
    const response = await app.inject({ url });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      error: { code: 'INTERNAL_ERROR', message: 'Internal server error', details: {} },
    });
    expect(logged.some((line) => line.includes('request failed'))).toBe(true);
    expect(logged.join('')).not.toContain('secret');
  });

  test('a domain error is worded by the surface of its path', async () => {
    const { app } = await build(routes);
    const manager = await app.inject({ url: '/domain' });
    expect([manager.statusCode, manager.json()]).toEqual([
      409,
      { error: { code: 'STREAM_BUSY', message: 'busy', details: { a: 1 } } },
    ]);
    expect((await app.inject({ url: '/other/domain' })).json()).toEqual({ other: 'STREAM_BUSY' });
  });

  test.each(['/api/%zz', `/api/${'x'.repeat(300)}`])('the path %s is not valid', async (url) => {
    const { app } = await build((inner) => {
      routes(inner);
      inner.get('/api/:id', { config: { access: 'public' } }, () => 'x');
    });
    const response = await app.inject({ url });
    expect([response.statusCode, response.json().error.details]).toEqual([400, { field: 'path' }]);
  });

  test('brackets inside a string are no depth', async () => {
    const { app } = await build((inner) => {
      const schema = { body: z.object({ t: z.string() }) };
      inner.post('/text', { config: { access: 'public' }, schema }, (request) => request.body.t);
    });
    const t = '[{"\\'.repeat(100);
    expect((await app.inject({ method: 'POST', url: '/text', payload: { t } })).body).toBe(t);
  });

  test('an unknown path is not found, query and all kept out of the answer', async () => {
    const { app } = await build(routes);
    const response = await app.inject({ url: '/api/nothing?ticket=abc' });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({
      error: { code: 'NOT_FOUND', message: 'No such resource', details: { path: '/api/nothing' } },
    });
  });

  test('every answer carries the security headers, and the API stays out of caches', async () => {
    const { app } = await build(routes);
    for (const url of ['/domain', '/api/nothing']) {
      const { headers } = await app.inject({ url });
      expect(headers['content-security-policy']).toContain("media-src 'self' blob:");
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    }
    expect((await app.inject({ url: '/api/nothing' })).headers['cache-control']).toBe('no-store');
  });

  test('the log names the route and never the query', async () => {
    const { app, logged } = await build(routes);
    await app.inject({ url: '/domain?token=abcdef' });
    expect(logged.join('')).toContain('"route":"/domain"');
    expect(logged.join('')).not.toContain('abcdef');
  });
});
