import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Scope } from '@nightjar/contract';
import {
  PartnerEvent,
  PartnerWebhookList,
  WebhookCreated,
  WebhookDeliveryList,
  WebhookTested,
} from '@nightjar/contract/partner';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { eventually, FakeEngine, TestServer } from '../../../testing/index.ts';

const AT = '2024-01-15T10:00:00.000Z';
const QUERY = 'Canary-query-2Kd8';

let server: TestServer;
let engine: FakeEngine;
let http: Server;
let address: string;
let answer = 204;
let footage = 200;
const calls: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
/** Headers of the clients. */
const as: Record<string, Record<string, string>> = {};

async function newClient(id: string, scopes: readonly Scope[], more: object = {}): Promise<void> {
  const body = { name: id, client_id: id, scopes, ...more };
  const made = await server.expect<{ client_secret: string }>(201, 'POST', '/v2/auth/clients', body);
  const signIn = { client_id: id, client_secret: made.client_secret };
  const open = { authorization: '' };
  const { access_token } = (await server.call('POST', '/v2/auth/token', signIn, open)).body as {
    access_token: string;
  };
  as[id] = { authorization: `Bearer ${access_token}` };
}

async function hook(client: string, body: object = {}): Promise<z.infer<typeof WebhookCreated>> {
  const { status, body: made } = await server.call(
    'POST',
    '/v2/webhooks',
    { url: `${address}/${client}?key=${QUERY}`, ...body },
    as[client],
  );
  expect([status, made]).toEqual([201, expect.any(Object)]);
  return WebhookCreated.parse(made);
}

/** What was called, once it was. */
const called = (path: string, type: string, count = 1) =>
  eventually(() => {
    const found = calls
      .filter(({ url }) => url.startsWith(path))
      .map(({ body }) => PartnerEvent.parse(JSON.parse(body)))
      .filter((event) => event.type === type);
    return found.length >= count ? found : undefined;
  });

const state = (id: string, to: 'live' | 'reconnecting') =>
  engine.acknowledged(
    engine.fact({ kind: 'stream.state', stream_id: id, state: to, previous: 'ready', at: AT }),
  );
const bookmark = (client: string, streamId = 'yard') =>
  server.call(
    'POST',
    `/v2/streams/${streamId}/bookmarks`,
    { source: 'historical', center_timestamp: AT },
    as[client],
  );
const deliveries = async (client: string, id: string, query = '') =>
  WebhookDeliveryList.parse(
    (await server.call('GET', `/v2/webhooks/${id}/deliveries${query}`, undefined, as[client])).body,
  );

beforeAll(async () => {
  http = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ url: request.url ?? '', headers: request.headers, body });
      response.writeHead(answer).end('said');
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  address = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  server = await TestServer.start({
    config:
      'limits: {reads_per_minute: 100000, writes_per_minute: 100000}\nnetwork: {allow: [127.0.0.0/8]}\n',
  });
  await server.listen();
  engine = await FakeEngine.start(server.dataDir, {
    door: ({ url = '' }, response) => {
      if (footage !== 200) return response.writeHead(footage).end('{"message": "no footage"}');
      const headers = { 'x-footage-start': AT, 'x-footage-end': AT, 'x-clip-seconds': '10' };
      return response.writeHead(200, { ...headers, 'x-picture-time': AT }).end(url);
    },
  });
  await engine.desired();
  for (const camera_id of ['yard', 'gate'])
    await server.expect(201, 'POST', '/v2/streams', { camera_id, source_url: 'rtsp://10.0.0.5/x' });
  const captures: Scope[] = ['bookmarks:read', 'bookmarks:write', 'snapshots:read', 'snapshots:write'];
  await newClient('one', ['streams:read', ...captures]);
  await newClient('two', ['streams:read', ...captures]);
  const grants = [{ kind: 'stream', id: 'gate', scopes: null }];
  await newClient('narrow', ['streams:read'], { reach: 'granted', grants });
  await newClient('writer', ['streams:write']);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  http.close();
});
beforeEach(async () => {
  answer = 204;
  footage = 200;
  const { webhooks } = PartnerWebhookList.parse(await server.expect(200, 'GET', '/v2/webhooks?limit=500'));
  for (const { id } of webhooks) await server.expect(204, 'DELETE', `/v2/webhooks/${id}`);
  calls.length = 0;
});

describe('a webhook', () => {
  test('is called with what becomes of its owner’s own bookmarks, signed', async () => {
    const { id, secret, url } = await hook('one', { events: ['bookmark.ready'] });
    await hook('two');
    expect(url).toBe(`${address}/one?***`);
    const made = (await bookmark('one')).body as { id: string };
    const [event] = await called('/one', 'bookmark.ready');
    expect(event).toMatchObject({ stream_id: 'yard', data: { id: made.id, status: 'ready' } });
    const { headers, body, url: path } = calls.find(({ url: to }) => to.startsWith('/one'))!;
    expect(path).toBe(`/one?key=${QUERY}`);
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-nightjar-signature']))!;
    expect(mac).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    expect(headers['x-nightjar-event']).toBe('bookmark.ready');
    await bookmark('two');
    await called('/two', 'bookmark.ready');
    expect((await deliveries('one', id)).total).toBe(1);
  });

  test('is called with snapshots, consumers and the states of streams within reach', async () => {
    for (const client of ['one', 'two', 'narrow']) await hook(client);
    await state('yard', 'live');
    await state('gate', 'live');
    const states = await called('/one', 'stream.state', 2);
    expect(states).toMatchObject([
      { stream_id: 'yard', data: { state: 'LIVE' } },
      { stream_id: 'gate', data: { state: 'LIVE' } },
    ]);
    expect(await called('/narrow', 'stream.state')).toMatchObject([{ stream_id: 'gate' }]);
    await server.call('POST', '/v2/streams/yard/snapshots', { source: 'live' }, as['one']);
    await called('/one', 'snapshot.ready');
    const consumer = {
      kind: 'consumer.state',
      consumer_id: 'c'.repeat(22),
      stream_id: 'yard',
      at: AT,
    } as const;
    engine.fact({ ...consumer, who: 'api_client:one', state: 'CONNECTED' });
    engine.fact({ ...consumer, who: 'api_client:one', state: 'CLOSED', reason: 'the client left' });
    expect(await called('/one', 'consumer.connected')).toMatchObject([
      { data: { id: consumer.consumer_id, state: 'CONNECTED', reason: null } },
    ]);
    expect(await called('/one', 'consumer.closed')).toMatchObject([{ data: { reason: 'the client left' } }]);
    expect(calls.filter(({ url, body }) => url.startsWith('/two') && !body.includes('stream.state'))).toEqual(
      [],
    );
    expect(calls.filter(({ url, body }) => url.startsWith('/narrow') && body.includes('yard'))).toEqual([]);
  });

  test('hears of a bookmark that failed later', async () => {
    await hook('one');
    await state('yard', 'live');
    footage = 404;
    const live = { source: 'live', before_seconds: 1, after_seconds: 0.2 };
    const made = await server.call('POST', '/v2/streams/yard/bookmarks', live, as['one']);
    expect(made.status).toBe(201);
    expect(await called('/one', 'bookmark.failed')).toMatchObject([
      { data: { id: (made.body as { id: string }).id, status: 'failed', error: expect.any(String) } },
    ]);
  });

  test('that does not answer is tried again, and sent again when asked', async () => {
    const { id } = await hook('one');
    answer = 503;
    await bookmark('one');
    const waiting = await eventually(async () =>
      (await deliveries('one', id, '?state=pending')).deliveries.find(({ attempts }) => attempts > 0),
    );
    expect(waiting).toMatchObject({ state: 'pending', attempts: 1, detail: 'HTTP 503 said' });
    expect(Date.parse(waiting.next_at!) - Date.parse(waiting.created_at)).toBeGreaterThanOrEqual(4_000);
    answer = 200;
    const replay = `/v2/webhooks/${id}/deliveries/${waiting.id}/replay`;
    expect((await server.call('POST', replay, undefined, as['two'])).status).toBe(404);
    expect((await server.call('POST', replay, undefined, as['one'])).status).toBe(202);
    const sent = await eventually(
      async () => (await deliveries('one', id, '?state=delivered')).deliveries[0],
    );
    expect(sent.event).toEqual(waiting.event);
    const [first, second] = await called('/one', 'bookmark.ready', 2);
    expect(second!.id).toBe(first!.id);
  });

  test('whose other side is gone for good is disabled and says so', async () => {
    const { id } = await hook('one');
    answer = 410;
    await bookmark('one');
    const now = await eventually(async () => {
      const { body } = await server.call('GET', `/v2/webhooks/${id}`, undefined, as['one']);
      return (body as { enabled: boolean }).enabled ? undefined : body;
    });
    expect(now).toMatchObject({ disabled_reason: 'the other side answered 410' });
    const again = await server.call('PUT', `/v2/webhooks/${id}`, { enabled: true }, as['one']);
    expect(again.body).toMatchObject({ enabled: true, disabled_reason: null });
  });

  test('of whoever lost the right while it waited is not called', async () => {
    await newClient('brief', ['streams:read', 'bookmarks:read', 'bookmarks:write']);
    const { id } = await hook('brief');
    answer = 503;
    await bookmark('brief');
    const waiting = await eventually(async () =>
      (await deliveries('brief', id)).deliveries.find(({ attempts }) => attempts > 0),
    );
    await server.expect(200, 'PUT', '/v2/auth/clients/brief', { scopes: ['streams:read'] });
    const before = calls.length;
    await server.expect(202, 'POST', `/v2/webhooks/${id}/deliveries/${waiting.id}/replay`);
    const failed = await eventually(
      async () => (await deliveries('brief', id, '?state=failed')).deliveries[0],
    );
    expect([failed.detail, calls.length]).toEqual(['its owner may not hear of it any more', before]);
    await server.expect(204, 'DELETE', '/v2/auth/clients/brief');
    expect(server.rows('webhooks').filter((row) => row['owner'] === 'api_client:brief')).toEqual([]);
    expect(server.rows('outbox').filter((row) => row['target'] === id)).toEqual([]);
  });

  test('is tested at once, changed, given a new secret, and its secrets are nowhere in clear', async () => {
    const { id, secret } = await hook('one');
    const tested = await server.call('POST', `/v2/webhooks/${id}/test`, undefined, as['one']);
    expect(WebhookTested.parse(tested.body)).toEqual({ delivered: true, detail: 'HTTP 204' });
    const rotated = await server.call('POST', `/v2/webhooks/${id}/rotate`, undefined, as['one']);
    const fresh = WebhookCreated.parse(rotated.body).secret;
    expect(fresh).not.toBe(secret);
    await server.call('PUT', `/v2/webhooks/${id}`, { url: `${address}/other?key=${QUERY}` }, as['one']);
    await server.call('POST', `/v2/webhooks/${id}/test`, undefined, as['one']);
    const { headers, body, url } = calls.at(-1)!;
    const [, seconds, mac] = /^t=(\d+),v1=(.*)$/.exec(String(headers['x-nightjar-signature']))!;
    expect(url).toBe(`/other?key=${QUERY}`);
    expect(mac).toBe(createHmac('sha256', fresh).update(`${seconds}.${body}`).digest('hex'));
    const list = await server.call('GET', '/v2/webhooks', undefined, as['one']);
    const everything = [list.text, server.logged.join('\n'), await server.stored()].join('\n');
    for (const hidden of [secret, fresh, QUERY]) expect(everything).not.toContain(hidden);
  });
});

describe('refused', () => {
  test.each([
    ['an address of this machine', { url: 'http://[::1]:1/' }],
    ['a public address without TLS', { url: 'http://192.0.2.1/' }],
    ['a spelling of an address', { url: 'https://0x7f.1/' }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['an event that is none', { url: 'https://a.example/', events: ['moon.full'] }],
    ['no event', { url: 'https://a.example/', events: [] }],
    ['a field that is none', { url: 'https://a.example/', secret: 'mine' }],
  ])('%s: 422 with the field', async (_what, body) => {
    const { status, body: said } = await server.call('POST', '/v2/webhooks', body, as['one']);
    expect([status, said]).toEqual([422, { detail: [expect.objectContaining({ loc: expect.any(Array) })] }]);
  });

  test('others’ are unknown, and who may not read streams has none', async () => {
    const { id } = await hook('one');
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '', { enabled: false }],
      ['DELETE', '', undefined],
      ['POST', '/rotate', undefined],
      ['POST', '/test', undefined],
      ['GET', '/deliveries', undefined],
    ] as const)
      expect((await server.call(method, `/v2/webhooks/${id}${path}`, body, as['two'])).status).toBe(404);
    const { body } = await server.call('GET', '/v2/webhooks', undefined, as['two']);
    expect(body).toMatchObject({ webhooks: [], total: 0 });
    expect((await server.call('GET', '/v2/webhooks', undefined, as['writer'])).status).toBe(403);
    expect((await server.call('GET', '/v2/webhooks', undefined, { authorization: '' })).status).toBe(401);
  });

  test('more than 16', async () => {
    for (let n = 0; n < 16; n++) await hook('one');
    const one = { url: `${address}/one` };
    expect((await server.call('POST', '/v2/webhooks', one, as['one'])).status).toBe(409);
    const page = await server.call('GET', '/v2/webhooks?page=2&page_size=10', undefined, as['one']);
    expect(PartnerWebhookList.parse(page.body)).toMatchObject({ total: 16, offset: 10, limit: 10 });
    expect((page.body as { webhooks: unknown[] }).webhooks).toHaveLength(6);
  });
});
