import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { linkKeyPath, openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, TestServer } from '../../testing/index.ts';

const SESSION = 'AbCdEfGhIjKlMnOpQrStUv';
const SDP = { 'content-type': 'application/sdp' };

let server: TestServer;
let base: string;
beforeEach(async () => {
  server = await TestServer.start();
  base = await server.listen();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = SDP) =>
  fetch(`${base}${path}`, {
    ...{ method, headers: { authorization: `Bearer ${server.token}`, ...headers } },
    ...(body === undefined ? {} : { body }),
  });

const engineWith = (door: RequestListener) => FakeEngine.start(server.dataDir, { door });

test('an offer goes to the engine with a ticket, and its answer comes back whole', async () => {
  let seen: { url: string | undefined; body: string; ticket: unknown; cookie: unknown } | undefined;
  const key = await readFile(linkKeyPath(server.dataDir));
  await using _engine = await engineWith((request, response) => {
    void text(request).then((body) => {
      const ticket = openTicket(key, String(request.headers[TICKET_HEADER]), Date.now() / 1000);
      seen = { url: request.url, body, ticket, cookie: request.headers.cookie };
      const location = `/whep/yard/${SESSION}`;
      response.writeHead(201, { 'content-type': 'application/sdp', location, etag: '"1"' }).end('v=0\r\n');
    });
  });
  const response = await ask('POST', '/whep/yard?playout_delay=0', 'v=0\r\noffer\r\n', {
    ...SDP,
    cookie: 'a=b',
  });
  expect([response.status, await response.text()]).toEqual([201, 'v=0\r\n']);
  expect(response.headers.get('location')).toBe(`/whep/yard/${SESSION}`);
  expect(response.headers.get('etag')).toBe('"1"');
  expect(seen).toMatchObject({
    ...{ url: '/whep/yard?playout_delay=0', body: 'v=0\r\noffer\r\n', cookie: undefined },
    ticket: { stream_id: 'yard', sub: 'api_token:environment' },
  });
});

test('browsers are told of ICE servers before and with an answer', async () => {
  await using behindNat = await TestServer.start({
    iceServers: [
      { urls: ['stun:stun.example.org'] },
      { urls: ['turn:turn.example.org?transport=udp'], username: 'u', credential: 'c' },
    ],
  });
  const address = await behindNat.listen();
  await using _engine = await FakeEngine.start(behindNat.dataDir, {
    door: (_request, response) =>
      void response.writeHead(201, { 'content-type': 'application/sdp' }).end('v=0'),
  });
  const link =
    '<stun:stun.example.org>; rel="ice-server", ' +
    '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="u"; credential="c"; credential-type="password"';
  const before = await behindNat.call('OPTIONS', '/whep/yard');
  expect([before.status, before.headers['accept-post'], before.headers['link']]).toEqual([
    204,
    'application/sdp',
    link,
  ]);
  const response = await fetch(`${address}/whep/yard`, {
    method: 'POST',
    headers: { authorization: `Bearer ${behindNat.token}`, ...SDP },
    body: 'v=0',
  });
  expect([response.status, await response.text(), response.headers.get('link')]).toEqual([201, 'v=0', link]);
});

test('PATCH and DELETE reach the session with what the engine must know', async () => {
  const seen: (string | undefined)[][] = [];
  await using _engine = await engineWith((request, response) => {
    const { method, url, headers } = request;
    seen.push([method, url, headers['if-match'], headers['content-type']]);
    response.writeHead(method === 'PATCH' ? 204 : 200).end();
  });
  const path = `/whep/yard/${SESSION}`;
  const type = 'application/trickle-ice-sdpfrag';
  expect((await ask('PATCH', path, 'a=x', { 'content-type': type, 'if-match': '"1"' })).status).toBe(204);
  expect((await ask('DELETE', path, undefined, {})).status).toBe(200);
  expect(seen).toEqual([
    ['PATCH', path, '"1"', type],
    ['DELETE', path, undefined, undefined],
  ]);
});

describe('refusals', () => {
  test.each([
    [400, 400, 'INVALID_CONFIGURATION'],
    [404, 404, 'NOT_FOUND'],
    [412, 412, 'PRECONDITION_FAILED'],
    [415, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [422, 422, 'NOT_PLAYABLE'],
    [428, 428, 'PRECONDITION_REQUIRED'],
    [503, 503, 'ENGINE_UNAVAILABLE'],
    [500, 502, 'ENGINE_FAILED'],
  ])("the engine's %d becomes %d", async (given, status, code) => {
    await using _engine = await engineWith((_request, response) => {
      response.writeHead(given).end('{"message":"the stream has B-frames"}');
    });
    const response = await ask('POST', '/whep/yard', 'v=0\r\n');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  test.each([
    ['without a token', 'POST', '/whep/yard', 'v=0', { ...SDP, authorization: '' }, 401],
    ['of a wrong token', 'POST', '/whep/yard', 'v=0', { ...SDP, authorization: 'Bearer x' }, 401],
    ['of another type', 'POST', '/whep/yard', '{}', { 'content-type': 'application/json' }, 415],
    ['of a body without end', 'POST', '/whep/yard', 'x'.repeat(70_000), SDP, 413],
    ['for a strange id', 'POST', '/whep/a%2fb', 'v=0', SDP, 400],
    ['for a strange session', 'DELETE', '/whep/yard/..%2f..%2flink', undefined, {}, 400],
    ['by GET', 'GET', '/whep/yard', undefined, {}, 404],
  ])('a request %s never reaches the engine', async (_what, method, path, body, headers, status) => {
    let reached = false;
    await using _engine = await engineWith((_request, response) => {
      reached = true;
      response.end();
    });
    expect((await ask(method, path, body, headers as Record<string, string>)).status).toBe(status);
    expect(reached).toBe(false);
  });
});
