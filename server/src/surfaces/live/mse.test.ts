import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { linkKeyPath, openTicket, type RelayOpen } from '@nightjar/contract/link';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { FakeEngine, TestServer } from '../../testing/index.ts';

let engine: FakeEngine;
let server: TestServer;
let base: string;
const asked: RelayOpen[] = [];

beforeEach(async () => {
  asked.length = 0;
  server = await TestServer.start();
  base = await server.listen();
  engine = await FakeEngine.start(server.dataDir, {
    relay: (end, viewer, open) => {
      asked.push(open);
      const key = `${open.web_socket?.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      end.begin(viewer, { 'sec-websocket-accept': accept });
      end.media([viewer], Buffer.from('\x81\x11{"type":"codecs"}', 'latin1'));
      end.media(
        [viewer],
        Buffer.concat([Buffer.from('827f00000000000186a0', 'hex'), Buffer.alloc(100_000, 7)]),
      );
    },
  });
  await engine.until((received) => received.find((message) => message.type === 'desired'));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const open = (path: string, headers: Record<string, string>): WebSocket =>
  new WebSocket(`${base.replace('http', 'ws')}${path}`, { headers });

test('whoever may watch is passed to the engine with a ticket, and hears it byte by byte', async () => {
  const socket = open('/live/cam/mse?audio=0', { authorization: `Bearer ${server.token}` });
  const heard: (string | number)[] = [];
  socket.on('message', (data: Buffer, binary) => heard.push(binary ? data.length : data.toString()));
  await once(socket, 'open');
  socket.send('hello');
  const [relay] = engine.relays;
  await relay!.until(() => relay!.said.length === 1);
  while (heard.length < 2) await once(socket, 'message');
  expect(heard).toEqual(['{"type":"codecs"}', 100_000]);
  // Masked: a head of 2 bytes, 4 of mask, 5 of text.
  expect(Buffer.byteLength(relay!.said[0]!.text, 'utf8')).toBeGreaterThanOrEqual(11);
  expect(asked[0]?.path).toBe('/live/cam/mse?audio=0');
  const key = await readFile(linkKeyPath(server.dataDir));
  const ticket = openTicket(key, asked[0]!.ticket, Date.now() / 1000);
  expect(ticket).toMatchObject({ stream_id: 'cam', sub: 'api_token:environment', address: '127.0.0.1' });
  expect(ticket?.grant).toBeDefined();
  socket.terminate();
});

test('a page opens the socket with a ticket for that one stream, from whatever site', async () => {
  const { status, body } = await server.call('POST', '/live/cam/ticket');
  expect([status, body]).toMatchObject([201, { expires_in: 300 }]);
  const { ticket } = body as { ticket: string };
  const socket = open(`/live/cam/mse?ticket=${ticket}`, { origin: 'https://elsewhere.example' });
  await once(socket, 'open');
  expect(asked[0]?.path).toBe('/live/cam/mse');
  socket.terminate();
  const other = open(`/live/door/mse?ticket=${ticket}`, {});
  other.on('error', () => undefined);
  const [, response] = (await once(other, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(404);
  other.terminate();
});

test('a session in a cookie counts for pages of this host alone', async () => {
  await server.settled();
  const signedIn = await server.call('POST', '/api/v1/auth/login', {
    username: 'admin',
    password: 'Wv7Lm2Rb8Yc5Hn3P',
  });
  const { access_token } = signedIn.body as { access_token: string };
  const cookie = `nj_session=${access_token}`;
  const own = open('/live/cam/mse', { cookie, origin: base });
  await once(own, 'open');
  own.terminate();
  const foreign = open('/live/cam/mse', { cookie, origin: 'https://elsewhere.example' });
  foreign.on('error', () => undefined);
  const [, response] = (await once(foreign, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(401);
  foreign.terminate();
});

test.each([
  ['nobody', '/live/cam/mse', {}, 401],
  ['a wrong token', '/live/cam/mse', { authorization: 'Bearer nj_wrong' }, 401],
  ['a wrong ticket', '/live/cam/mse?ticket=x', {}, 401],
  ['another path', '/live/cam/other', {}, 404],
  ['an id that is none', '/live/..%2fcam/mse', {}, 404],
])('refuses %s', async (_who, path, headers, status) => {
  const socket = open(path, headers);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(status);
  expect(asked).toEqual([]);
  socket.terminate();
});

test('who watches is listed, and what it was sent; its coming and going are events', async () => {
  const viewer = {
    id: 'v1',
    stream_id: 'cam',
    protocol: 'mse' as const,
    who: 'person:p1',
    address: '192.0.2.7',
    since: '2026-03-01T12:00:00.000Z',
  };
  const listed = async (): Promise<unknown[]> => {
    const { body } = await server.call('GET', '/api/viewers?stream_id=cam');
    return (body as { viewers: unknown[] }).viewers;
  };
  engine.fact({ kind: 'viewer.opened', ...viewer });
  await engine.until((received) => received.find((message) => message.type === 'ack'));
  engine.send({ type: 'metrics', samples: [], viewers: [{ id: 'v1', bytes: 5000, dropped: 3 }] });
  await expect.poll(listed).toEqual([{ ...viewer, bytes: 5000, dropped: 3 }]);
  const { body } = await server.call('GET', '/api/viewers?protocol=hls');
  expect(body).toMatchObject({ viewers: [], total: 0 });
  const at = '2026-03-01T12:00:09.500Z';
  engine.fact({ kind: 'viewer.closed', ...viewer, bytes: 9000, dropped: 3, at, reason: 'left' });
  await expect.poll(listed).toEqual([]);
});
