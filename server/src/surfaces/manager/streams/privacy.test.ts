import { randomUUID } from 'node:crypto';
import type { StreamDetail } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;
beforeAll(async () => {
  const dataDir = await newDataDir();
  engine = await FakeEngine.start(dataDir);
  server = await TestServer.start({ dataDir });
  await server.listen();
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/a' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

/** A person of a role, with scopes beyond it, as a header. */
async function person(role: string, extra_scopes: readonly string[]): Promise<Record<string, string>> {
  const [username, password] = [`p-${randomUUID().slice(0, 8)}`, `${randomUUID()}-Aa1`];
  await server.expect(201, 'POST', '/api/v1/users', { username, role, extra_scopes, password });
  const open = { authorization: '' };
  const answer = await server.call('POST', '/api/v1/auth/login', { username, password }, open);
  return { authorization: `Bearer ${(answer.body as { access_token: string }).access_token}` };
}

const tokenOf = (headers: Record<string, string>): string =>
  headers['authorization']!.slice('Bearer '.length);
const put = (privacy: object, headers: Record<string, string> = {}) =>
  server.call('PUT', '/api/streams/yard', { privacy }, headers);

describe("a stream's privacy", () => {
  test('is off until somebody turns it on, and told with all that it is by default', async () => {
    const before = await server.expect<StreamDetail>(200, 'GET', '/api/streams/yard');
    expect(before.privacy).toMatchObject({
      enabled: false,
      cover: ['auto'],
      style: 'blur',
      record: 'rendition',
    });
    expect((await put({ enabled: true, style: 'pixelate' })).status).toBe(200);
    const after = await server.expect<StreamDetail>(200, 'GET', '/api/streams/yard');
    expect(after.privacy).toMatchObject({ enabled: true, style: 'pixelate', max_fps: 15 });
  });

  test('reaches the engine with the options, and goes away with it', async () => {
    const newest = (fps: number | undefined) =>
      engine.until((received) => {
        const last = received.findLast((message) => message.type === 'desired');
        const { privacy } = last?.desired.streams[0] ?? {};
        return last && privacy?.max_fps === fps ? { privacy } : undefined;
      });
    await put({ enabled: true, max_fps: 7 });
    expect((await newest(7)).privacy).not.toHaveProperty('enabled');
    await put({ enabled: false });
    await newest(undefined);
  });

  test.each([
    ['originals in clear', { enabled: true, record: 'clear' }, 'privacy.record'],
    ['polygons that are none', { enabled: true, cover: ['polygons'] }, 'privacy.polygons'],
    [
      'a corner outside',
      {
        polygons: [
          [
            [0, 0],
            [1, 0],
            [1, 1.1],
          ],
        ],
      },
      'privacy.polygons.0.2.1',
    ],
    [
      'a line',
      {
        polygons: [
          [
            [0, 0],
            [1, 0],
          ],
        ],
      },
      'privacy.polygons.0',
    ],
    ['nothing to cover', { cover: [] }, 'privacy.cover'],
    ['no strength', { strength: 0 }, 'privacy.strength'],
    ['an unknown word', { color: 1 }, 'privacy.color'],
  ])('is refused with %s', async (_name, privacy, field) => {
    const answer = await put(privacy);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(errorOf(answer).details)).toContain(field);
  });

  test('is changed by nobody who may not see the original', async () => {
    const writer = await person('viewer', ['streams:write']);
    expect((await put({ enabled: false }, writer)).status).toBe(403);
    expect(
      (await server.call('PUT', '/api/streams/yard', { reconnect: { enabled: true } }, writer)).status,
    ).toBe(200);
    const seer = await person('viewer', ['streams:write', 'streams:unblurred']);
    expect((await put({ enabled: true }, seer)).status).toBe(200);
  });

  test('is told to the engine with every right: who sees the original, and who does not', async () => {
    const viewer = await person('viewer', []);
    const seer = await person('viewer', ['streams:unblurred']);
    expect(await server.access.mayWatch('yard', tokenOf(viewer))).toMatchObject({
      allowed: true,
      unblurred: false,
    });
    expect(await server.access.mayWatch('yard', tokenOf(seer))).toMatchObject({
      allowed: true,
      unblurred: true,
    });
  });
});

describe('the camera of a private stream', () => {
  const elsewhere = 'rtsp://10.0.0.5:8554/another/path';

  test('is shown by no other address to who may not see its original', async () => {
    const writer = await person('operator', ['streams:write', 'cameras:write']);
    const seer = await person('operator', ['streams:write', 'cameras:write', 'streams:unblurred']);
    const ask = async (headers: Record<string, string>, id: string): Promise<number[]> => {
      const calls = [
        server.call('POST', '/api/streams', { id, source_url: elsewhere }, headers),
        server.call('POST', '/api/v1/cameras', { id: `${id}-3`, name: id, source_url: elsewhere }, headers),
        server.call('GET', `/api/stream-proxy?url=${elsewhere}`, undefined, headers),
        server.call('POST', '/api/streams', { id: `${id}-9`, source_url: 'rtsp://10.0.0.9/a' }, headers),
      ];
      return (await Promise.all(calls)).map(({ status }) => status);
    };
    await put({ enabled: false });
    expect(await ask(writer, 'open')).toEqual([201, 201, 500, 201]);
    await put({ enabled: true });
    expect(await ask(writer, 'shut')).toEqual([403, 403, 403, 201]);
    expect(await ask(seer, 'seen')).toEqual([201, 201, 500, 201]);
    const moved = { source_url: 'rtsp://***:***@10.0.0.5/another' };
    expect((await server.call('PUT', '/api/streams/shut-9', moved, writer)).status).toBe(403);
    await put({ enabled: false });
  });
});
