import type { Camera } from '@nightjar/contract/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;
const asked: string[] = [];

beforeAll(async () => {
  const dataDir = await newDataDir();
  server = await TestServer.start({ dataDir });
  await server.listen();
  engine = await FakeEngine.start(dataDir, {
    door: (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end('#EXTM3U');
    },
  });
  await engine.desired();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** As nginx-rtmp sends it: a form, and no credential. */
const call = (path: string, form: Record<string, string>) =>
  server.call('POST', `/api/v1/streaming/${path}`, new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: '',
  });
const made = (id: string) => server.expect<Camera>(201, 'POST', '/api/v1/cameras', { id, name: id });
const keyOf = ({ rtmp_url }: Camera): string => rtmp_url?.split('/').at(-1) ?? '';

describe('callbacks of an nginx-rtmp', () => {
  test('the key that counts is let in, before and while it publishes', async () => {
    const name = keyOf(await made('door'));
    for (const [path, more] of [
      ['auth', { call: 'publish' }],
      ['auth', { call: 'update_publish' }],
      ['auth', { name: 'any', key: name }],
      ['publish-start', { call: 'publish', addr: '192.0.2.7' }],
      ['publish-end', { call: 'publish_done' }],
    ] as const) {
      const answer = await call(path, { app: 'live', name, ...more });
      expect([path, answer.status, answer.body]).toEqual([path, 200, { status: 'ok', stream_id: 'door' }]);
    }
  });

  test('the connection by which nginx passes a stream on is left alone, and others play nothing by a key', async () => {
    const name = keyOf(await made('relay'));
    const flashver = 'ngx-local-relay';
    for (const each of ['play', 'update_play']) {
      expect((await call('auth', { call: each, name, flashver })).status).toBe(200);
      expect((await call('auth', { call: each, name: 'relay', flashver })).status).toBe(403);
      expect((await call('auth', { call: each, name, flashver: 'FMLE/3.0' })).status).toBe(403);
    }
  });

  test('the old key is refused after it was rotated, and each key while the camera is off', async () => {
    const old = keyOf(await made('gate'));
    expect((await call('auth', { name: old })).status).toBe(200);
    const { rtmp_url } = await server.expect<Camera>(200, 'POST', '/api/v1/cameras/gate/rotate-key');
    const fresh = rtmp_url?.split('/').at(-1) ?? '';
    const refused = await call('auth', { name: old, call: 'publish' });
    expect(refused.body).toMatchObject({ statusCode: 403, error: 'Forbidden' });
    expect((await call('auth', { name: old, call: 'update_publish' })).status).toBe(403);
    expect((await call('auth', { name: fresh })).status).toBe(200);
    await server.expect(200, 'POST', '/api/v1/cameras/gate/deactivate');
    expect((await call('auth', { name: fresh })).status).toBe(403);
    expect((await call('publish-end', { name: old })).body).toEqual({ status: 'ok', stream_id: null });
  });

  test('who plays shows a ticket or a token for that stream', async () => {
    await made('porch');
    const { ticket } = await server.expect<{ ticket: string }>(201, 'POST', '/live/porch/ticket');
    const play = (name: string, proof: Record<string, string>) =>
      call('auth', { call: 'play', name, ...proof }).then(({ status }) => status);
    expect(await play('porch', { ticket })).toBe(200);
    expect(await play('porch', { token: server.token })).toBe(200);
    expect(await play('door', { ticket })).toBe(403);
    expect(await play('porch', {})).toBe(403);
    expect(await play('porch', { ticket: 'x.y' })).toBe(403);
  });

  test.each([
    ['no name', 'auth', 'call=publish', 403],
    ['a name without end', 'publish-start', `name=${'x'.repeat(3_000)}`, 400],
    ['more than a form', 'auth', `name=${'x'.repeat(20_000)}`, 413],
    ['an unknown key', 'publish-start', 'name=live', 403],
    ['names of an object', 'auth', '__proto__=1&name=constructor', 403],
  ])('%s: refused', async (_what, path, body, statusCode) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: '' };
    const answer = await server.call('POST', `/api/v1/streaming/${path}`, body, headers);
    expect(answer.body).toMatchObject({ statusCode });
  });

  test('forms are taken nowhere else', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.call('POST', '/api/v1/cameras', 'name=x', headers);
    expect(answer.body).toMatchObject({ statusCode: 415, error: 'Unsupported Media Type' });
  });

  test('no key is logged or written down', async () => {
    const key = keyOf(await made('quiet'));
    await call('publish-start', { name: key });
    await call('auth', { name: `${key}x` });
    await server.expect(200, 'GET', '/api/v1/audit-logs');
    expect(server.logged.join('\n')).not.toContain(key);
    expect(JSON.stringify(server.rows('audit_log'))).not.toContain(key);
    expect(server.rows('audit_log').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['rtmp.publish_started', 'rtmp.publish']),
    );
  });
});

test('nobody fills the audit log with wrong keys', async () => {
  const written = () => server.rows('audit_log').filter(({ action }) => action === 'rtmp.publish').length;
  for (let n = 0; n < 60; n++) expect((await call('auth', { name: `wrong-${n}` })).status).toBe(403);
  await server.expect(200, 'GET', '/api/v1/audit-logs');
  expect(written()).toBe(20);
});

describe('the HLS playlist', () => {
  test('and what it leads to are those of the stream that is shown', async () => {
    const get = (path: string) => server.call('GET', `/api/v1/streaming/camera/door/${path}`);
    expect(await get('hls')).toMatchObject({ status: 200, text: '#EXTM3U' });
    const more = ['adaptive.m3u8', 'lower/480p/video.m3u8', 'lower/480p/video/3.1.m4s'];
    for (const path of ['video.m3u8?_HLS_msn=3', 'video/init-1.mp4', 'audio/3.1.m4s', ...more])
      await get(path);
    expect(asked.slice(-7)).toEqual([
      '/live/door/index.m3u8',
      '/live/door/video.m3u8?_HLS_msn=3',
      '/live/door/video/init-1.mp4',
      '/live/door/audio/3.1.m4s',
      ...more.map((path) => `/live/door/${path}`),
    ]);
    const before = asked.length;
    for (const path of ['playback.m3u8', 'footage/x.mp4', '..%2fgate%2findex.m3u8', 'snapshot.jpg']) {
      expect((await get(path)).body).toMatchObject({ statusCode: 400 });
    }
    expect(asked).toHaveLength(before);
  });
});
