import type { StreamMetrics } from '@nightjar/contract';
import { EVENT_TYPES, ManagerEvent, MetricsEvent } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  EventClient,
  errorOf,
  eventually,
  FakeClock,
  FakeEngine,
  TestServer,
} from '../../../testing/index.ts';

let clock: FakeClock;
let server: TestServer;
let base: string;
const clients: EventClient[] = [];

beforeEach(async () => {
  clock = new FakeClock();
  server = await TestServer.start({ clock });
  base = (await server.listen()).replace('http', 'ws');
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const open = (query = '', headers: Record<string, string> = { authorization: `Bearer ${server.token}` }) => {
  const client = new EventClient(`${base}/api/events${query}`, headers);
  clients.push(client);
  return client;
};
const bare = (query = '') => open(query, {});
const create = (id: string) =>
  server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
const ticket = async () =>
  (await server.expect<{ ticket: string }>(201, 'POST', '/api/events/ticket')).ticket;
const login = async (): Promise<string> => {
  await server.settled();
  const answer = await server.call('POST', '/api/v1/auth/login', {
    username: 'admin',
    password: 'Wv7Lm2Rb8Yc5Hn3P',
  });
  return (answer.body as { access_token: string }).access_token;
};
const happened = ({ messages }: EventClient) =>
  messages.filter(({ type }) => EVENT_TYPES.includes(type)).map(({ type, stream_id }) => [type, stream_id]);

describe('who may listen', () => {
  test('by header', async () => {
    const client = open();
    await client.ofType('events.ready');
    await create('a');
    expect(await client.ofType('stream.created')).toMatchObject({ stream_id: 'a' });
  });

  test('by the first message, and nothing is told before it', async () => {
    const client = await bare().opened();
    await create('early');
    client.say({ type: 'auth', token: server.token });
    await client.ofType('events.ready');
    await create('late');
    await client.ofType('stream.created');
    expect(client.messages.map(({ type }) => type)).toEqual(['auth.ok', 'events.ready', 'stream.created']);
    expect(happened(client)).toEqual([['stream.created', 'late']]);
  });

  test('by a ticket, once and within 30 s', async () => {
    const answer = await server.call('POST', '/api/events/ticket');
    expect(answer).toMatchObject({ status: 201, body: { expires_in: 30 } });
    const first = await ticket();
    await bare(`?ticket=${first}`).ofType('events.ready');
    expect(await bare(`?ticket=${first}`).refusal()).toMatchObject({ status: 401 });
    const late = await ticket();
    clock.advance(30_000);
    expect(await bare(`?ticket=${late}`).refusal()).toMatchObject({ status: 401 });
    expect(await bare('?ticket=nt_unknown').refusal()).toMatchObject({ status: 401 });
  });

  test('by ?token= with an API token, which no log line shows', async () => {
    await bare(`?token=${server.token}`).ofType('events.ready');
    expect(await bare(`?token=${server.token}x`).refusal()).toMatchObject({ status: 401 });
    expect(server.logged.filter((line) => line.includes(server.token))).toEqual([]);
    expect(server.logged.some((line) => line.includes('deprecated'))).toBe(true);
  });

  test("a person's token opens it by header or ticket, but never stands in an address", async () => {
    await using engine = await FakeEngine.start(server.dataDir);
    clock.advance(5_000);
    await engine.desired();
    const jwt = await login();
    await open('', { authorization: `Bearer ${jwt}` }).ofType('events.ready');
    expect(await bare(`?token=${jwt}`).refusal()).toMatchObject({ status: 401 });
  });

  test.each([
    ['a wrong header', '', { authorization: 'Bearer nj_wrong' }, 401, 'UNAUTHORIZED'],
    ['another scheme', '', { authorization: 'Basic eA==' }, 401, 'UNAUTHORIZED'],
    ['another path', 's', {}, 404, 'NOT_FOUND'],
    ['an unknown word in the query', '?color=red', {}, 400, 'INVALID_CONFIGURATION'],
    ['an unknown type', '?types=stream.exploded', {}, 400, 'INVALID_CONFIGURATION'],
    ['an id that is none', '?streams=a/b', {}, 400, 'INVALID_CONFIGURATION'],
    ['an id of an event that is none', '?since=-1', {}, 400, 'INVALID_CONFIGURATION'],
  ])('%s is refused before there is a socket', async (_what, query, headers, status, code) => {
    expect(await open(query, headers).refusal()).toMatchObject({ status, body: { error: { code } } });
  });

  test('who says nothing for 5 s is closed', async () => {
    const client = await bare().opened();
    await eventually(() => (server.app.server.listening ? true : undefined));
    clock.advance(5_000);
    expect(await client.closed).toEqual({ code: 1008, reason: 'UNAUTHORIZED' });
  });

  test.each([
    ['a wrong token', { type: 'auth', token: 'nj_wrong' }, 'UNAUTHORIZED'],
    ['a wish before the token', { type: 'subscribe' }, 'UNAUTHORIZED'],
    ['no JSON', 'hello', 'UNAUTHORIZED'],
  ])('%s closes it', async (_what, message, reason) => {
    const client = await bare().opened();
    client.say(message);
    expect(await client.closed).toEqual({ code: 1008, reason });
    expect(client.messages[0]).toMatchObject({ type: 'error', error: { code: reason } });
  });

  test('a plain request hears what it is for, and who may not hears that', async () => {
    const answer = await server.call('GET', '/api/events');
    expect([answer.status, errorOf(answer).code]).toEqual([426, 'UPGRADE_REQUIRED']);
    expect((await server.call('GET', '/api/events', undefined, { authorization: '' })).status).toBe(401);
    expect((await server.call('POST', '/api/events/ticket', undefined, { authorization: '' })).status).toBe(
      401,
    );
  });

  test('a token that no longer counts goes quiet within 5 s', async () => {
    await using engine = await FakeEngine.start(server.dataDir);
    clock.advance(5_000);
    await engine.desired();
    const jwt = await login();
    const viaTicket = await server.call('POST', '/api/events/ticket', undefined, {
      authorization: `Bearer ${jwt}`,
    });
    const people = [
      open('', { authorization: `Bearer ${jwt}` }),
      bare(`?ticket=${(viaTicket.body as { ticket: string }).ticket}`),
    ];
    const script = open();
    for (const client of [...people, script]) await client.ofType('events.ready');
    // An access token counts for an hour.
    clock.step(3_600_000);
    clock.advance(5_000);
    for (const client of people) expect(await client.closed).toEqual({ code: 1008, reason: 'UNAUTHORIZED' });
    await create('after');
    await script.ofType('stream.created');
    for (const client of people) expect(happened(client)).not.toContainEqual(['stream.created', 'after']);
  });
});

describe('what is told', () => {
  test("the seed's types, in shape and in order", async () => {
    await using engine = await FakeEngine.start(server.dataDir);
    const client = open();
    await client.ofType('events.ready');
    clock.advance(5_000);
    await engine.desired();
    await create('camera-1');
    const at = '2024-01-15T10:30:00.000Z';
    const state = { kind: 'stream.state', stream_id: 'camera-1', at } as const;
    engine.fact({ ...state, state: 'live', previous: 'ready' });
    const segment = { stream_id: 'camera-1', filename: '2024-01-15_10-30-00.mp4', start: at };
    engine.fact({ kind: 'segment.opened', ...segment });
    engine.fact({ kind: 'recording.state', stream_id: 'camera-1', state: 'recording', at });
    const message = 'Connection timeout';
    engine.fact({ ...state, state: 'reconnecting', previous: 'live', fault: 'timeout', message });
    const metrics = { bitrate: { current: 4_096_000 }, framerate: { current: 30 }, packets: { lost: 5 } };
    await client.ofType('stream.error');
    engine.send({
      type: 'metrics',
      samples: [{ stream_id: 'camera-1', metrics: whole(metrics) }],
    });
    expect(await client.ofType('metrics.update')).toMatchObject({
      stream_id: 'camera-1',
      metrics: { bitrate: 4_096_000, framerate: 30, packets_lost: 5 },
    });
    expect(await client.ofType('stream.started')).toMatchObject({ stream_id: 'camera-1', timestamp: at });
    expect(await client.ofType('recording.started')).toMatchObject({
      filename: '/recordings/camera-1/2024-01-15_10-30-00.mp4',
      timestamp: at,
    });
    expect(await client.ofType('stream.error')).toMatchObject({ error: 'Connection timeout' });
    const events = client.messages.filter(({ type }) => EVENT_TYPES.includes(type));
    for (const event of events) {
      const shape = event.type === 'metrics.update' ? MetricsEvent : ManagerEvent;
      expect(shape.safeParse(event).error).toBeUndefined();
    }
    const ids = events.flatMap(({ id }) => (typeof id === 'number' ? [id] : []));
    expect(ids).toEqual(ids.map((_id, n) => ids[0]! + n));
    expect(ids.length).toBe(events.length - 1);
    engine.drop();
    await client.ofType('system.engine_away');
  });

  test('by stream and by type, from the address', async () => {
    const of = open('?streams=a&types=stream.*,system.engine_here');
    const narrow = open('?types=stream.removed');
    for (const client of [of, narrow]) await client.ofType('events.ready');
    for (const id of ['a', 'b']) await create(id);
    await server.expect(204, 'DELETE', '/api/streams/a');
    await of.ofType('stream.removed');
    await narrow.ofType('stream.removed');
    expect(happened(of)).toEqual([
      ['stream.created', 'a'],
      ['stream.removed', 'a'],
    ]);
    expect(happened(narrow)).toEqual([['stream.removed', 'a']]);
  });

  test('and by a message that changes it', async () => {
    const client = open();
    await client.ofType('events.ready');
    client.say({ type: 'subscribe', streams: ['b'] });
    expect(await client.ofType('events.subscribed')).toMatchObject({ streams: ['b'], types: null });
    for (const id of ['a', 'b']) await create(id);
    await client.ofType('stream.created');
    expect(happened(client)).toEqual([['stream.created', 'b']]);
    client.say({ type: 'subscribe', types: ['nothing'] });
    expect(await client.ofType('error')).toMatchObject({ error: { code: 'INVALID_CONFIGURATION' } });
    client.say({ type: 'ping' });
    await client.ofType('pong');
  });

  test('what was missed, from an id on', async () => {
    const first = open();
    await first.ofType('events.ready');
    for (const id of ['a', 'b', 'c']) await create(id);
    const seen = await first.until(({ stream_id }) => stream_id === 'a');
    await first.until(({ stream_id }) => stream_id === 'c');
    const back = open(`?since=${seen['id']}`);
    const ready = await back.ofType('events.ready');
    expect(back.messages.map(({ type, stream_id }) => [type, stream_id])).toEqual([
      ['stream.created', 'b'],
      ['stream.created', 'c'],
      ['events.ready', undefined],
    ]);
    expect(ready['last_id']).toBe(back.messages[1]!['id']);
    const lost = open('?since=1');
    await lost.ofType('events.ready');
    expect(lost.messages[0]).toMatchObject({ type: 'events.gap', since: 1 });
    expect(happened(lost)).toHaveLength(3);
  });
});

describe('bounds', () => {
  test('ten sockets of an address, and a place is free again once one closes', async () => {
    const ten = Array.from({ length: 10 }, () => open());
    for (const client of ten) await client.ofType('events.ready');
    const refused = await open().refusal();
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
    expect(refused.headers['retry-after']).toBeDefined();
    await ten[0]![Symbol.asyncDispose]();
    await eventually(async () => ((await open().refusal()).status === 101 ? true : undefined));
  });

  test('behind a proxy that is trusted each of its clients has ten of its own, and no other is believed', async () => {
    await using proxied = await TestServer.start({
      config: 'server: {trusted_proxies: [127.0.0.1]}\nlimits: {sockets_per_address: 1}\n',
    });
    const at = (await proxied.listen()).replace('http', 'ws');
    const from = (address: string) => {
      const headers = { authorization: `Bearer ${proxied.token}`, 'x-forwarded-for': address };
      const client = new EventClient(`${at}/api/events`, headers);
      clients.push(client);
      return client.refusal();
    };
    const answers = [await from('192.0.2.1'), await from('192.0.2.2'), await from('203.0.113.5, 192.0.2.1')];
    expect(answers.map(({ status }) => status)).toEqual([101, 101, 429]);
  });

  test('a client that floods is closed, and so is one that sends bytes', async () => {
    const client = open();
    await client.ofType('events.ready');
    for (let n = 0; n < 61; n++) client.say({ type: 'ping' });
    expect(await client.closed).toEqual({ code: 1008, reason: 'RATE_LIMITED' });
    const other = open();
    await other.ofType('events.ready');
    other.socket.send(Buffer.from([1, 2, 3]));
    expect((await other.closed).code).toBe(1008);
  });

  test('a client that is gone without a word is noticed', async () => {
    const client = open();
    await client.ofType('events.ready');
    const pinged = new Promise<void>((resolve) => client.socket.once('ping', () => resolve()));
    clock.advance(15_000);
    await pinged;
    client.socket.pause();
    clock.advance(15_000);
    clock.advance(15_000);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
  });

  test('a client that does not read is closed with 1013', async () => {
    await using engine = await FakeEngine.start(server.dataDir);
    clock.advance(5_000);
    await engine.desired();
    const at = '2024-01-15T10:30:00.000Z';
    const fact = {
      kind: 'stream.state',
      stream_id: 'a',
      state: 'reconnecting',
      previous: 'live',
      at,
    } as const;
    for (let n = 0; n < 400; n++) engine.fact({ ...fact, fault: 'timeout', message: 'x'.repeat(500) });
    await engine.acknowledged(400);
    const slow = open();
    await slow.ofType('events.ready');
    slow.socket.pause();
    // The kernel takes some megabytes for the peer before anything waits here.
    for (let n = 0; n < 59; n++) slow.say({ type: 'subscribe', since: 1 });
    await eventually(() => server.logged.some((line) => line.includes('does not read')) || undefined);
    slow.socket.resume();
    expect((await slow.closed).code).toBe(1013);
  });

  test('the end of the program closes it in words', async () => {
    const client = open();
    await client.ofType('events.ready');
    await server.close();
    expect((await client.closed).code).toBe(1001);
  });
});

function whole(some: {
  bitrate: { current: number };
  framerate: { current: number };
  packets: { lost: number };
}): StreamMetrics {
  return {
    bitrate: { average: 0, peak: 0, ...some.bitrate },
    framerate: { average: 0, dropped: 0, ...some.framerate },
    packets: { received: 0, recovered: 0, ...some.packets },
    bytes_received: 0,
    errors: { decode: 0, network: 0, total: 0 },
    latency: { pipeline: null, network: null, processing: null },
    viewers: 0,
    reconnects: 0,
  };
}
