import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { linkKeyPath, openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf } from '../../testing/index.ts';
import { LiveRig } from './testing/live-rig.ts';

let rig: LiveRig;
beforeEach(async () => {
  rig = await LiveRig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${rig.base}${path}`, {
    headers: { authorization: `Bearer ${rig.server.token}`, ...headers },
    ...(signal ? { signal } : {}),
  });

/** Status of a request whose path no client library has tidied. */
async function rawStatus(path: string): Promise<number> {
  const socket = connect(Number(new URL(rig.base).port), '127.0.0.1');
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rig.server.token}\r\nconnection: close\r\n\r\n`,
  );
  return Number((await text(socket)).split(' ')[1]);
}

test.each([
  ['mjpeg?fps=5', true, '/live/yard/mjpeg?fps=5'],
  ['mjpeg?fps=5&covered', false, '/live/yard/mjpeg?fps=5'],
])('%s is asked of the engine with the right to the original: %s', async (path, unblurred, asked) => {
  let seen: IncomingMessage | undefined;
  await using _engine = await rig.engineWith((request, response) => {
    seen = request;
    response.end('');
  });
  await (await get(`/live/yard/${path}`)).text();
  expect(seen?.url).toBe(asked);
  const key = await readFile(linkKeyPath(rig.server.dataDir));
  const ticket = openTicket(key, String(seen?.headers[TICKET_HEADER]), Date.now() / 1000);
  expect(ticket?.unblurred).toBe(unblurred);
});

test('media passes through with a ticket for its stream and without credentials', async () => {
  let seen: IncomingMessage | undefined;
  await using _engine = await rig.engineWith((request, response) => {
    seen = request;
    response.writeHead(200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'cache-control': 'no-cache',
      etag: '"1"',
      connection: 'x-secret',
      'x-secret': 'hop',
    });
    response.end('#EXTM3U\n');
  });
  const response = await get('/live/yard/index.m3u8?_HLS_msn=3&_HLS_part=1', {
    cookie: 'a=b',
    range: 'bytes=0-',
    'user-agent': 'player/1',
    'x-forwarded-for': '10.0.0.1',
    [TICKET_HEADER]: 'forged',
    te: 'trailers',
  });
  expect([response.status, await response.text()]).toEqual([200, '#EXTM3U\n']);
  expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(response.headers.get('etag')).toBe('"1"');
  expect(response.headers.get('x-secret')).toBeNull();
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');

  expect(seen?.url).toBe('/live/yard/index.m3u8?_HLS_msn=3&_HLS_part=1');
  expect(seen?.headers.range).toBe('bytes=0-');
  expect(seen?.headers['user-agent']).toBe('player/1');
  for (const name of ['authorization', 'cookie', 'x-forwarded-for', 'te'])
    expect(seen?.headers[name]).toBeUndefined();
  const ticket = openTicket(
    await readFile(linkKeyPath(rig.server.dataDir)),
    String(seen?.headers[TICKET_HEADER]),
    Date.now() / 1000,
  );
  expect(ticket).toMatchObject({ stream_id: 'yard', sub: 'api_token:environment' });
});

test('HEAD asks the engine with HEAD', async () => {
  let method: string | undefined;
  await using _engine = await rig.engineWith((request, response) => {
    method = request.method;
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': '10' }).end();
  });
  const response = await fetch(`${rig.base}/live/yard/init.mp4`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${rig.server.token}` },
  });
  expect([response.status, method]).toEqual([200, 'HEAD']);
});

test('a part that grows is passed on as it comes', async () => {
  const more = Promise.withResolvers<void>();
  await using _engine = await rig.engineWith((_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4' });
    response.write('first');
    void more.promise.then(() => response.end('second'));
  });
  const response = await get('/live/yard/part.m4s');
  const reader = response.body!.getReader();
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
  more.resolve();
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('second');
  expect((await reader.read()).done).toBe(true);
});

test('a slow viewer slows the engine down instead of filling memory', async () => {
  let written = 0;
  const stalled = Promise.withResolvers<void>();
  await using _engine = await rig.engineWith((_request, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536);
    const pour = (): void => {
      while (response.write(chunk)) written += chunk.length;
      const quiet = setTimeout(stalled.resolve, 300);
      response.once('drain', () => {
        clearTimeout(quiet);
        pour();
      });
    };
    pour();
  });
  const viewer = httpRequest(`${rig.base}/live/yard/part.m4s`, {
    headers: { authorization: `Bearer ${rig.server.token}` },
  });
  viewer.end();
  const [response] = (await once(viewer, 'response')) as [IncomingMessage];
  response.pause();
  await stalled.promise;
  expect(written).toBeLessThan(16 * 1024 * 1024);
  viewer.destroy();
});

test('a blocking reload waits, and a viewer that leaves ends it at the engine', async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using _engine = await rig.engineWith((_request, response) => {
    response.once('close', ended.resolve);
    asked.resolve();
  });
  const leaving = new AbortController();
  const answer = get('/live/yard/index.m3u8?_HLS_msn=9', {}, leaving.signal).catch(() => 'aborted');
  await asked.promise;
  leaving.abort();
  await ended.promise;
  expect(await answer).toBe('aborted');
});

test('an engine that dies in the middle ends the answer', async () => {
  await using _engine = await rig.engineWith((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('first', () => response.destroy());
  });
  const response = await get('/live/yard/part.m4s');
  await expect(response.text()).rejects.toThrow();
});

test('a kept connection that the engine has closed is replaced without the viewer noticing', async () => {
  for (const _round of [1, 2, 3]) {
    await using _engine = await rig.engineWith((_request, response) => void response.end('ok'));
    expect(await (await get('/live/yard/a')).text()).toBe('ok');
  }
});

describe('refusals', () => {
  test.each([
    [400, '{"status":400,"message":"no such part"}', 400, 'INVALID_CONFIGURATION', 'no such part'],
    [404, '{"status":404,"message":"no such stream"}', 404, 'NOT_FOUND', 'no such stream'],
    [503, '{"status":503,"message":"not live"}', 503, 'ENGINE_UNAVAILABLE', 'not live'],
    [401, '{"message":"bad ticket"}', 502, 'ENGINE_FAILED', 'The media engine did not answer'],
    [500, 'stack trace', 502, 'ENGINE_FAILED', 'The media engine did not answer'],
    [404, 'x'.repeat(100_000), 404, 'NOT_FOUND', 'No such resource'],
  ])("the engine's %d %s becomes %d", async (given, text, status, code, message) => {
    await using _engine = await rig.engineWith(
      (_request, response) => void response.writeHead(given).end(text),
    );
    const response = await get('/live/yard/x');
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { code, message, details: {} } });
  });

  test('without an engine: 503', async () => {
    const response = await get('/live/yard/index.m3u8');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
  });

  test('an engine that hangs up: 502', async () => {
    await using _engine = await rig.engineWith((request) => void request.socket.destroy());
    expect((await get('/live/yard/index.m3u8')).status).toBe(502);
  });

  test('nobody without a token, and nothing but GET', async () => {
    await using _engine = await rig.engineWith((_request, response) => void response.end('media'));
    expect((await fetch(`${rig.base}/live/yard/index.m3u8`)).status).toBe(401);
    expect((await get('/live/yard/index.m3u8', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(errorOf(await rig.server.call('POST', '/live/yard/index.m3u8')).code).toBe('NOT_FOUND');
  });

  test.each([
    '/live/yard/../../link',
    '/live/yard/%2e%2e/link',
    '/live/yard/..%2flink',
    '/live/yard/a//b',
    '/live/yard/.hidden',
    '/live/yard/a%00',
    '/live/yard/a%0d%0ax',
    '/live/yard/',
    '/live/ya%20rd/index.m3u8',
    '/live/../link',
  ])('%s never reaches the engine', async (path) => {
    const { answer, reached } = await rig.reaching(() => rawStatus(path));
    expect([400, 404]).toContain(answer);
    expect(reached).toBe(false);
  });
});
