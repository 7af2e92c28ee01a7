import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { linkKeyPath, openTicket, PUBLISH_KEY_HEADER, TICKET_HEADER } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LiveRig } from './testing/live-rig.ts';

const SESSION = 'AbCdEfGhIjKlMnOpQrStUv';
const KEY = 'the-key-of-yard';
const SDP = { 'content-type': 'application/sdp', authorization: `Bearer ${KEY}` };

let rig: LiveRig;
beforeEach(async () => {
  rig = await LiveRig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = SDP) =>
  rig.ask(method, path, headers, body);

test('an offer goes to the engine with the publish key, which is nobody’s token here', async () => {
  const seen: unknown[] = [];
  const key = await readFile(linkKeyPath(rig.server.dataDir));
  await using _engine = await rig.engineWith((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      const ticket = openTicket(key, String(headers[TICKET_HEADER]), Date.now() / 1000);
      seen.push([method, url, body, headers[PUBLISH_KEY_HEADER], headers.authorization, ticket?.stream_id]);
      const location = `/whip/yard/${SESSION}`;
      response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/sdp', location });
      response.end(method === 'POST' ? 'v=0\r\n' : '');
    });
  });
  const response = await ask('POST', '/whip/yard', 'v=0\r\noffer\r\n');
  expect([response.status, await response.text()]).toEqual([201, 'v=0\r\n']);
  expect(response.headers.get('location')).toBe(`/whip/yard/${SESSION}`);
  const path = `/whip/yard/${SESSION}`;
  expect((await ask('DELETE', path, undefined, { authorization: `Bearer ${KEY}` })).status).toBe(200);
  expect(seen).toEqual([
    ['POST', '/whip/yard', 'v=0\r\noffer\r\n', KEY, undefined, 'yard'],
    ['DELETE', path, '', KEY, undefined, 'yard'],
  ]);
});

describe('refusals', () => {
  test.each([
    [403, 401, 'UNAUTHORIZED'],
    [404, 404, 'NOT_FOUND'],
    [409, 409, 'CONFLICT'],
    [422, 422, 'NOT_PLAYABLE'],
    [503, 503, 'ENGINE_UNAVAILABLE'],
  ])("the engine's %d becomes %d", async (given, status, code) => {
    await using _engine = await rig.engineWith((_request, response) => {
      response.writeHead(given).end('{"message":"why"}');
    });
    const response = await ask('POST', '/whip/yard', 'v=0\r\n');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, message: 'why' } });
  });

  test.each([
    ['without a key', 'POST', '/whip/yard', 'v=0', { 'content-type': 'application/sdp' }, 401],
    ['of another type', 'POST', '/whip/yard', '{}', { ...SDP, 'content-type': 'application/json' }, 415],
    ['of a body without end', 'POST', '/whip/yard', 'x'.repeat(70_000), SDP, 413],
    ['for a strange id', 'POST', '/whip/a%2fb', 'v=0', SDP, 400],
    ['for a strange session', 'DELETE', '/whip/yard/..%2f..%2flink', undefined, SDP, 400],
    ['by GET', 'GET', '/whip/yard', undefined, SDP, 404],
  ])('a request %s never reaches the engine', async (_what, method, path, body, headers, status) => {
    const asked = () => ask(method, path, body, headers as Record<string, string>);
    const { answer, reached } = await rig.reaching(asked);
    expect([answer.status, reached]).toEqual([status, false]);
  });

  test('guessing keys is counted', async () => {
    await using _engine = await rig.engineWith((_request, response) => {
      response.writeHead(403).end('{"message":"no"}');
    });
    const left: number[] = [];
    for (let guess = 0; guess < 3; guess++) {
      const { headers } = await ask('POST', '/whip/yard', 'v=0');
      left.push(Number(headers.get('ratelimit-remaining')));
    }
    expect(left).toEqual([left[0], left[0]! - 1, left[0]! - 2]);
  });
});
