import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deniedSources, traversals } from './testing/hostile.ts';
import { FakeEngine, newDataDir, TestServer } from './testing/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const looked: string[] = [];
const forwarded: string[] = [];

/** Each parameter meets one spelling in so many, each its own share; all of them in the long run. */
const LONG = process.env['NIGHTJAR_SOAK'] === '1';
const STEP = LONG ? 1 : 8;
const LONG_MS = LONG ? 3_600_000 : 120_000;

let server: TestServer;
let engine: FakeEngine;
let address: string;
let session: string;

beforeAll(async () => {
  const dataDir = await newDataDir();
  server = await TestServer.start({
    dataDir,
    adminPassword: PASSWORD,
    lookup: async (name) => {
      looked.push(name);
      return [{ address: '127.0.0.1', family: 4 }];
    },
  });
  engine = await FakeEngine.start(dataDir, {
    door: (request, response) => {
      forwarded.push(request.url ?? '');
      response.writeHead(404).end('{}');
    },
  });
  address = await server.listen();
  await server.settled();
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/x' });
  const credentials = { username: 'admin', password: PASSWORD };
  const answer = await server.expect<{ access_token: string }>(
    200,
    'POST',
    '/api/v1/auth/login',
    credentials,
  );
  session = answer.access_token;
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('addresses that are not cameras', () => {
  const spellings = deniedSources();

  test(`${spellings.length} spellings are refused before anything leaves`, async () => {
    looked.length = 0;
    const through: string[] = [];
    for (const source_url of spellings) {
      const answer = await server.call('POST', '/api/streams', { id: 'evil', source_url });
      if (answer.status !== 400) through.push(`${source_url}: ${answer.status}`);
      const update = await server.call('PUT', '/api/streams/yard', { source_url });
      if (update.status !== 400) through.push(`PUT ${source_url}: ${update.status}`);
    }
    expect(spellings.length).toBeGreaterThanOrEqual(150);
    expect(through).toEqual([]);
    // A name was asked for only where a name stood, and its answer, this machine, was refused.
    expect(looked.filter((name) => /^[\d.]+$/.test(name))).toEqual([]);
  }, 60_000);
});

/** Sends a path as it is, which no URL parser has put right. */
function raw(agent: Agent, method: string, path: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const { port } = new URL(address);
  const headers = { authorization: `Bearer ${server.token}` };
  const request = httpRequest({ agent, port, host: '127.0.0.1', method, path, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
    );
  });
  request.on('error', reject);
  request.end();
  return promise;
}

/** Ways to each parameter of each path, one route for each; the method that changes nothing where there is one. */
function parameters(routes: readonly RouteOptions[]): { method: string; url: string; name: string }[] {
  const found = new Map<string, { method: string; url: string; name: string }>();
  for (const { url, method } of routes) {
    for (const part of url.split('/').filter((each) => each.startsWith(':') || each === '*')) {
      const [first = 'GET'] = [method].flat();
      const key = `${url} ${part}`;
      if (!found.has(key) || first === 'GET') found.set(key, { method: first, url, name: part });
    }
  }
  return [...found.values()];
}

/** As a browser would write it. */
const asPath = (text: string): string => (/^[\x21-\x7e]*$/.test(text) ? text : encodeURI(text));
const filled = (url: string, name: string, value: string): string =>
  url
    .split('/')
    .map((part) => (part === name ? value : part.startsWith(':') || part === '*' ? 'yard' : part))
    .join('/');

describe('paths that climb', () => {
  const spellings = traversals();

  test(
    `${spellings.length} spellings on every parameter of every path lead nowhere`,
    async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const key = (await readFile(join(server.dataDir, 'keys', 'tokens.key'))).toString('latin1');
      const ways = parameters(server.routes);
      const tried = ways.flatMap(({ method, url, name }, place) =>
        spellings
          .filter((_, index) => index % STEP === place % STEP)
          .map((spelling) => ({ method, path: filled(url, name, asPath(spelling)) })),
      );
      const through: string[] = [];
      for (const { method, path } of tried) {
        const { status, text } = await raw(agent, method, path);
        const harmless = (status >= 400 && status !== 500) || isPage(text);
        if (!harmless || text.includes('root:') || text.includes(key))
          through.push(`${method} ${path}: ${status}`);
      }
      agent.destroy();
      console.info(
        `paths: ${ways.length} parameters, ${spellings.length} spellings, ${tried.length} requests`,
      );
      expect(through).toEqual([]);
      expect(forwarded.filter((path) => /\.\.|%2e|\/\/|\\/i.test(path))).toEqual([]);
      expect(spellings.length).toBeGreaterThanOrEqual(2_000);
    },
    LONG_MS,
  );

  test('as a name of a backup or of a recording none is taken', async () => {
    const through: string[] = [];
    for (const spelling of spellings) {
      const name = `${decoded(spelling)}.tar.gz`;
      for (const [path, body] of [
        ['/api/backup', { destination: name }],
        ['/api/restore', { backup_file: name }],
        ['/api/streams/yard/recording/start', { filename: `${decoded(spelling)}.mp4` }],
      ] as const) {
        const { status } = await server.call('POST', path, body);
        if (status !== 400) through.push(`${path} ${name}: ${status}`);
      }
    }
    expect(through).toEqual([]);
  }, 60_000);
});

const isPage = (text: string): boolean =>
  text.startsWith('<!doctype html>') || text.includes('not built yet');
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

describe('access tokens that are none', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = () =>
    JSON.parse(Buffer.from(session.split('.')[1] ?? '', 'base64url').toString()) as object;
  const HEADER = { alg: 'HS256', typ: 'at+jwt' };
  const signed = (header: unknown, claims: unknown, key: Buffer) => {
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };

  test('40 of them, some signed with the right key, are nobody', async () => {
    const key = await readFile(join(server.dataDir, 'keys', 'tokens.key'));
    const claims = claimsOf();
    const [header = '', body = '', signature = ''] = session.split('.');
    const now = Math.floor(Date.now() / 1000);
    const tokens = [
      ...['none', 'None', 'NONE', 'nOnE', 'HS384', 'HS512', 'RS256', 'ES256', 'EdDSA', ''].map((alg) =>
        signed({ ...HEADER, alg }, claims, key),
      ),
      ...['none', 'None', 'NONE'].map((alg) => `${part({ ...HEADER, alg })}.${body}.`),
      ...['JWT', 'rt+jwt', '', 'AT+JWT'].map((typ) => signed({ ...HEADER, typ }, claims, key)),
      ...[
        { jwk: {} },
        { jku: 'http://127.0.0.1/' },
        { x5u: 'http://127.0.0.1/' },
        { kid: '../../dev/null' },
        { crit: ['x'] },
        { b64: false },
      ].map((more) => signed({ ...HEADER, ...more }, claims, key)),
      ...[
        Buffer.alloc(0),
        Buffer.alloc(32),
        Buffer.from('secret'),
        randomBytes(32),
        Buffer.from(key.toString('hex')),
      ].map((other) => signed(HEADER, claims, other)),
      ...[
        { exp: now - 1 },
        { exp: 'never' },
        { exp: null },
        { exp: -1 },
        { iss: 'x' },
        { aud: ['nightjar'] },
        { sub: 'person-unknown' },
        { sub: null },
        { sid: 'session-unknown' },
        { sid: undefined },
      ].map((more) => signed(HEADER, { ...claims, ...more }, key)),
      signed(HEADER, [claims], key),
      signed(HEADER, 'text', key),
      `${header}.${body}`,
      `${header}.${body}.${signature}.`,
      `${header}.${body}.${signature}=`,
      `${header}.${body}.${signature}A`,
      `${header}..${signature}`,
      `.${body}.${signature}`,
      `${header}.${'A'.repeat(100_000)}.${signature}`,
      `${header}.${body}%00.${signature}`,
    ];
    expect(tokens.length).toBeGreaterThanOrEqual(40);
    const statuses = await Promise.all(
      tokens.map(async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await server.call('GET', '/api/streams', undefined, headers)).status;
      }),
    );
    expect(statuses).toEqual(tokens.map(() => 401));
    const good = await server.call('GET', '/api/streams', undefined, { authorization: `Bearer ${session}` });
    expect(good.status).toBe(200);
  });
});

describe('sockets that say nonsense', () => {
  test('are ended, and the next one is answered', async () => {
    const { port } = new URL(address);
    const nonsense = [
      '\0'.repeat(100),
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
    ];
    for (const text of nonsense) {
      const socket = connect(Number(port), '127.0.0.1');
      // A reset is an end as well.
      socket.on('error', () => undefined);
      socket.write(text);
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await server.call('GET', '/health')).status).toBe(200);
  });
});
