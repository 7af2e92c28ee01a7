import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
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

  test('what of a time was recorded, and why the rest was not', async () => {
    await closed('yard', 'a.mp4', 0);
    await closed('yard', 'b.mp4', 2);
    const get = (query: string) => server.call('GET', `/api/streams/yard/coverage?${query}`);
    const { body } = await get('from=2098-01-01T00:00:00Z&to=2098-01-01T04:00:00Z');
    expect(body).toEqual({
      from: '2098-01-01T00:00:00.000Z',
      to: '2098-01-01T04:00:00.000Z',
      recorded: 7200,
      completeness: 0.5,
      gaps: [
        {
          ...{ start: '2098-01-01T01:00:00.000Z', end: '2098-01-01T02:00:00.000Z' },
          ...{ seconds: 3600, reason: 'unknown' },
        },
        {
          ...{ start: '2098-01-01T03:00:00.000Z', end: '2098-01-01T04:00:00.000Z' },
          ...{ seconds: 3600, reason: 'unknown' },
        },
      ],
    });
    for (const query of [
      'to=2098-01-01T00:00:00Z',
      'from=2098-01-01T04:00:00Z&to=2098-01-01T04:00:00Z',
      'from=2098-01-01T00:00:00Z&to=2099-01-01T04:00:00Z',
    ])
      expect((await get(query)).status, query).toBe(400);
  });

  test('the search for a time stays inside the index', async () => {
    const database = openDatabase({ path: ':memory:', now: '2026-01-01T00:00:00.000Z' });
    const { sql: text } = database.sql
      .selectFrom('segments')
      .select('filename')
      .where('stream_id', '=', 'yard')
      .where('start_at', '>', '2098')
      .where('start_at', '<=', '2099')
      .orderBy('start_at')
      .compile();
    await database.close();
    const file = new DatabaseSync(join(server.dataDir, 'nightjar.db'));
    const plan = file.prepare(`explain query plan ${text}`).all('yard', '2098', '2099');
    file.close();
    expect(plan.map((step) => String(step['detail']))).toEqual([
      expect.stringMatching(
        /SEARCH segments USING INDEX segments_by_start \(stream_id=\? AND start_at>\? AND/,
      ),
    ]);
  });
});
