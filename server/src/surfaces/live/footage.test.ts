import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Scope } from '@nightjar/contract';
import { engineSocketPath } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaTickets } from '../../access/index.ts';
import { type App, createHttpApp, createLog } from '../../kernel/index.ts';
import { FakeClock, FakeEngine, newDataDir } from '../../testing/index.ts';
import { liveSurface } from './index.ts';

const NAME = '2026-01-02_03-04-05.mp4';
const RECORDED = [
  '/live/yard/playback.m3u8?start=a&end=b',
  '/live/yard/play.mp4?start=a&end=b',
  '/live/yard/still.jpg?time=a',
  `/live/yard/footage/${NAME}`,
];
const LIVE = ['/live/yard/index.m3u8', '/live/yard/video/3.m4s'];
const PRINCIPALS: Record<string, readonly Scope[]> = {
  watcher: ['streams:read'],
  archivist: ['recordings:read'],
  both: ['streams:read', 'recordings:read'],
};

let dataDir: string;
let app: App;
let engine: FakeEngine;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  dataDir = await newDataDir();
  asked = [];
  answer = (_request, response) => void response.end('media');
  engine = await FakeEngine.start(dataDir, {
    door: (request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    },
  });
  const clock = new FakeClock();
  app = await createHttpApp({
    log: createLog({ level: 'fatal', write: () => undefined }),
    clock,
    version: '0',
    limits: () => ({ reads_per_minute: 1, writes_per_minute: 1 }),
    authenticate: async (id) => {
      const scopes = PRINCIPALS[id];
      return scopes && { kind: 'api_token', id, name: id, scopes, reach: 'all' };
    },
    dialects: [{ prefix: '/', body: ({ code, message }) => ({ error: { code, message } }) }],
  });
  const key = Buffer.alloc(32, 1);
  liveSurface(app, {
    socketPath: engineSocketPath(dataDir),
    key,
    clock,
    mediaTickets: new MediaTickets({ clock, key, linkKey: key }),
    iceServers: [],
    relay: { open: () => Promise.reject(new Error('footage is not relayed')) },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await app.close();
  await engine[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** Status and body of a path that no client library has tidied. */
async function get(path: string, who: string, more = '', method = 'GET'): Promise<[number, string]> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const headers = `host: x\r\nauthorization: Bearer ${who}\r\nconnection: close\r\n${more}`;
  socket.write(`${method} ${path} HTTP/1.1\r\n${headers}\r\n`);
  const whole = await text(socket);
  return [Number(whole.split(' ')[1]), whole];
}

describe('recorded footage is for those who may see recordings', () => {
  test.each(RECORDED)('%s', async (path) => {
    expect((await get(path, 'archivist'))[0]).toBe(200);
    expect((await get(path, 'archivist', '', 'HEAD'))[0]).toBe(200);
    expect(asked).toEqual([path, path]);
    expect((await get(path, 'watcher'))[0]).toBe(403);
    expect((await get(path, 'watcher', '', 'HEAD'))[0]).toBe(403);
    expect((await get(path, 'nobody'))[0]).toBe(401);
    expect(asked.length).toBe(2);
  });

  test.each(LIVE)('and %s for those who may see live pictures', async (path) => {
    expect((await get(path, 'watcher'))[0]).toBe(200);
    expect((await get(path, 'archivist'))[0]).toBe(403);
    expect(asked).toEqual([path]);
  });

  test.each([
    '/live/yard/index.m3u8?dvr=60',
    '/live/yard/video.m3u8?_HLS_msn=3&dvr=60',
    '/live/yard/video/3.m4s?dvr=60',
    '/live/yard/video/3.m4s?%64vr=60',
    '/live/yard/video/3.m4s?dvr',
    '/live/yard/video/3.m4s?dvr=&dvr=60',
  ])('and footage in front of the live picture, %s, for those who may see both', async (path) => {
    expect((await get(path, 'both'))[0]).toBe(200);
    expect((await get(path, 'watcher'))[0]).toBe(403);
    expect((await get(path, 'archivist'))[0]).toBe(403);
    expect(asked.length).toBe(1);
  });

  test.each([
    '/live/yard/playback%2Em3u8',
    '/live/yard/%70lay.mp4',
    '/live/yard/play.mp4/',
    '/live/yard//play.mp4',
    '/live/yard/./play.mp4',
    '/live/yard/x/../play.mp4',
    '/live/yard/playback.m3u8/x',
    `/live/yard/footage%2F${NAME}`,
    `/live/yard/footage%2f${NAME}`,
    `/live/yard/%66ootage/${NAME}`,
    `/live/yard/footage/${NAME}/`,
    `/live/yard/footage//${NAME}`,
    `/live/yard/footage/x/${NAME}`,
    `/live/yard/footage/..%2f${NAME}`,
    '/live/yard/footage',
    '/live/yard/footage/',
  ])('%s is no way around it', async (path) => {
    const [status] = await get(path, 'watcher');
    expect([400, 403, 404]).toContain(status);
    expect(asked).toEqual([]);
  });
});

test('a range that cannot be satisfied is told with the length there is', async () => {
  let seen: IncomingMessage['headers'] = {};
  answer = ({ headers }, response) => {
    seen = headers;
    response.writeHead(416, { 'content-range': 'bytes */100' }).end();
  };
  const more = 'range: bytes=100-\r\nif-range: "a"\r\n';
  const [status, whole] = await get(`/live/yard/footage/${NAME}`, 'archivist', more);
  expect(status).toBe(416);
  expect(whole).toContain('content-range: bytes */100');
  expect(seen).toMatchObject({ range: 'bytes=100-', 'if-range': '"a"' });
});

test('part of a file comes as part of a file', async () => {
  answer = (_request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-4/100', 'content-length': 5, etag: '"a"' });
    response.end('media');
  };
  const [status, whole] = await get(`/live/yard/footage/${NAME}`, 'archivist', 'range: bytes=0-4\r\n');
  expect(status).toBe(206);
  for (const part of ['content-range: bytes 0-4/100', 'etag: "a"', '\r\n\r\nmedia']) {
    expect(whole).toContain(part);
  }
});
