import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { linkKeyPath, openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LiveRig } from './testing/live-rig.ts';

const SESSION = 'AbCdEfGhIjKlMnOpQrStUv';
const SDP = { 'content-type': 'application/sdp' };

let rig: LiveRig;
beforeEach(async () => {
  rig = await LiveRig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = SDP) =>
  rig.ask(method, path, { authorization: `Bearer ${rig.server.token}`, ...headers }, body);

test('an offer goes to the engine with a ticket, and its answer comes back whole', async () => {
  let seen: { url: string | undefined; body: string; ticket: unknown; cookie: unknown } | undefined;
  const key = await readFile(linkKeyPath(rig.server.dataDir));
  await using _engine = await rig.engineWith((request, response) => {
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
  await using behindNat = await LiveRig.start({
    iceServers: [
      { urls: ['stun:stun.example.org'] },
      { urls: ['turn:turn.example.org?transport=udp'], username: 'u', credential: 'c' },
    ],
  });
  await using _engine = await behindNat.engineWith(
    (_request, response) => void response.writeHead(201, { 'content-type': 'application/sdp' }).end('v=0'),
  );
  const link =
    '<stun:stun.example.org>; rel="ice-server", ' +
    '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="u"; credential="c"; credential-type="password"';
  const before = await behindNat.server.call('OPTIONS', '/whep/yard');
  expect([before.status, before.headers['accept-post'], before.headers['link']]).toEqual([
    204,
    'application/sdp',
    link,
  ]);
  const headers = { authorization: `Bearer ${behindNat.server.token}`, ...SDP };
  const response = await behindNat.ask('POST', '/whep/yard', headers, 'v=0');
  expect([response.status, await response.text(), response.headers.get('link')]).toEqual([201, 'v=0', link]);
});

test('PATCH and DELETE reach the session with what the engine must know', async () => {
  const seen: (string | undefined)[][] = [];
  await using _engine = await rig.engineWith((request, response) => {
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
    await using _engine = await rig.engineWith((_request, response) => {
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
    const asked = () => ask(method, path, body, headers as Record<string, string>);
    const { answer, reached } = await rig.reaching(asked);
    expect([answer.status, reached]).toEqual([status, false]);
  });
});
