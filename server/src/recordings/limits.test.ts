import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, TestServer } from '../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;
beforeEach(async () => {
  server = await TestServer.start();
  await server.listen();
  engine = await FakeEngine.start(server.dataDir);
  await engine.desired();
  for (const id of ['yard', 'door'])
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const names = async (id: string) =>
  (
    await server.expect<{ recordings: { filename: string; protected: boolean }[] }>(
      200,
      'GET',
      `/api/streams/${id}/recordings`,
    )
  ).recordings.map((file) => `${file.filename}${file.protected ? ' protected' : ''}`);

/** A closed file of an hour of 2098, of 1000 bytes. */
const closed = (stream_id: string, filename: string, hour: number) =>
  engine.acknowledged(
    engine.fact({
      ...{ kind: 'segment.closed', stream_id, filename, duration: 3600, bytes: 1000 },
      ...{ recovered: false, reason: 'rotated' },
      start: new Date(Date.UTC(2098, 0, 1, hour)).toISOString(),
      end: new Date(Date.UTC(2098, 0, 1, hour + 1)).toISOString(),
    }),
  );

describe('limits of all footage', () => {
  test('delete the oldest of any stream; what is protected or still grows stays', async () => {
    await closed('yard', 'a.mp4', 0);
    await closed('door', 'b.mp4', 1);
    await closed('yard', 'c.mp4', 2);
    await closed('door', 'd.mp4', 3);
    const path = '/api/streams/door/recordings/b.mp4';
    expect(await server.expect(200, 'PATCH', path, { protected: true })).toMatchObject({
      filename: 'b.mp4',
      protected: true,
    });
    // Told again by an inventory, it stays protected.
    await closed('door', 'b.mp4', 1);
    await server.expect(200, 'PUT', '/api/config', { recording: { max_bytes: 2500, min_free_bytes: 0 } });
    await server.expect(200, 'POST', '/api/config/reload');
    await engine.until((received) =>
      received.filter((message) => message.type === 'delete_footage').length === 2 ? true : undefined,
    );
    await expect.poll(() => names('yard')).toEqual([]);
    expect(await names('door')).toEqual(['d.mp4', 'b.mp4 protected']);
  });

  test('a name that is none, and a stream that is none', async () => {
    for (const path of ['yard/recordings/x.mp4', 'yard/recordings/..%2Fx', 'nobody/recordings/x.mp4']) {
      const { status } = await server.call('PATCH', `/api/streams/${path}`, { protected: true });
      expect(status).toBe(404);
    }
    const { status } = await server.call('PATCH', '/api/streams/yard/recordings/x.mp4', { locked: true });
    expect(status).toBe(400);
  });
});
