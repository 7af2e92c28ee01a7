import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually, FakeEngine, TestServer } from '../../testing/index.ts';

const AT = '2024-01-15T10:00:00.000Z';
/** Like no other word in a database. */
const ID = 'Doomed-7Qx2';

let server: TestServer;
let engine: FakeEngine;
let port: number;
let asked: string[] = [];

beforeAll(async () => {
  server = await TestServer.start();
  port = Number(new URL(await server.listen()).port);
  engine = await FakeEngine.start(server.dataDir, {
    door: ({ url = '' }, response) => {
      asked.push(url);
      const clip = { 'x-footage-start': AT, 'x-footage-end': AT, 'x-clip-seconds': '10' };
      response.writeHead(200, { ...clip, 'x-picture-time': AT }).end('media');
    },
  });
  await engine.desired();
  for (const camera_id of ['yard', 'gate'])
    await server.expect(201, 'POST', '/v2/streams', { camera_id, source_url: 'rtsp://10.0.0.5/x' });
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  asked = [];
});

/** The status of a GET whose target goes over the wire as it is written. */
async function rawStatus(target: string, token = server.token): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    Buffer.from(
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      'latin1',
    ),
  );
  return Number((await text(socket)).split(' ')[1]);
}

describe('the name of a segment', () => {
  test.each([
    ...['..', '../17.ts', '../../gate/hls/17.ts', './17.ts', '17.ts/..', '17.ts/../18.ts', '//17.ts'],
    ...['%2e%2e', '%2e%2e/17.ts', '%2e%2e%2f17.ts', '..%2f..%2fgate%2f17.ts', '%252e%252e%252f17.ts'],
    ...['..\\17.ts', '..%5c17.ts', '%c0%ae%c0%ae%c0%af17.ts', '%u002e%u002e/17.ts', '..;/17.ts', '17.ts;x'],
    ...['17.ts%00', '%0017.ts', '17%00.ts', '17.ts%00.mp4', '17.ts\0', '\0', '17.ts%0a', '17.ts%0d%0aX:%20y'],
    ...[
      '17.TS',
      '17.mp4',
      'a.ts',
      '-1.ts',
      '1e3.ts',
      '0x11.ts',
      '１７.ts',
      '1234567890123.ts',
      '.ts',
      '17.ts.',
    ],
    ...[
      '17.ts%20',
      ' 17.ts',
      '+17.ts',
      '/etc/passwd',
      '%2fetc%2fpasswd',
      '~/17.ts',
      'C:17.ts',
      '*',
      '%',
      '%zz',
    ],
  ])('%j is refused before anybody is asked for it', async (name) => {
    expect([400, 404, 422]).toContain(await rawStatus(`/v2/streams/yard/hls/${name}`));
    expect(asked).toEqual([]);
  });

  test('that is plain is that of the stream in front of it', async () => {
    expect(await rawStatus('/v2/streams/yard/hls/17.ts')).toBe(200);
    expect(asked).toEqual(['/live/yard/ts/17.ts']);
  });

  test('of a foreign stream is as unknown as one of none', async () => {
    const grants = [{ kind: 'stream', id: 'gate', scopes: null }];
    const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
      ...{ name: 'gate alone', scopes: ['streams:read'], reach: 'granted', grants },
    });
    const statuses = [];
    for (const id of ['gate', 'yard', 'nobody', '..%2fyard', 'gate%2f..%2fyard'])
      statuses.push(await rawStatus(`/v2/streams/${id}/hls/17.ts`, token));
    expect(statuses).toEqual([200, 404, 404, 404, 404]);
    expect(asked).toEqual(['/live/gate/ts/17.ts']);
  });
});

/** Where a word stands in a database: `table.column`. */
function columnsWith(file: string, word: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
    return tables.flatMap(({ name: table }) => {
      const rows = database.prepare(`select * from "${table}"`).all();
      const found = rows.flatMap((row) =>
        Object.entries(row).flatMap(([column, value]) => (String(value).includes(word) ? [column] : [])),
      );
      return [...new Set(found)].map((column) => `${table}.${column}`);
    });
  } finally {
    database.close();
  }
}

describe('a stream that is removed', () => {
  test('leaves no row and no file: whatever table, whatever folder', async () => {
    const file = join(server.dataDir, 'nightjar.db');
    const base = server.config.recording.base_path;
    const stream = { id: ID, source_url: 'rtsp://10.0.0.6/x', recording: { enabled: true } };
    await server.expect(201, 'POST', '/api/streams', stream);
    const about = { stream_id: ID, at: AT } as const;
    engine.fact({
      kind: 'stream.state',
      ...about,
      state: 'reconnecting',
      previous: 'live',
      fault: 'timeout',
    });
    engine.fact({ kind: 'stream.state', ...about, state: 'live', previous: 'ready' });
    const filename = '2024-01-15_10-00-00.mp4';
    engine.fact({ kind: 'segment.opened', stream_id: ID, filename, start: AT });
    const closed = { end: '2024-01-15T10:01:00.000Z', duration: 60, bytes: 9, recovered: false } as const;
    await engine.acknowledged(
      engine.fact({
        kind: 'segment.closed',
        stream_id: ID,
        filename,
        start: AT,
        ...closed,
        reason: 'rotated',
      }),
    );
    await mkdir(join(base, 'hot', ID), { recursive: true });
    await writeFile(join(base, 'hot', ID, filename), 'footage!!');
    await server.expect(201, 'POST', '/v2/webhooks', {
      url: 'https://hook.example/',
      events: ['bookmark.ready'],
    });
    const historical = { source: 'historical', center_timestamp: AT };
    const once = { 'idempotency-key': 'once' };
    const create = (path: string, body: object) => server.call('POST', path, body, once);
    expect((await create(`/v2/streams/${ID}/bookmarks`, historical)).status).toBe(201);
    await server.expect(201, 'POST', `/v2/streams/${ID}/snapshots`, { source: 'live' });
    await server.expect(201, 'POST', `/v2/streams/${ID}/bookmarks`, { source: 'live', after_seconds: 300 });
    const grants = [{ kind: 'stream', id: ID, scopes: null }];
    const granted = { client_id: 'granted', name: 'granted', reach: 'granted', grants };
    await server.expect(201, 'POST', '/v2/auth/clients', { ...granted, scopes: ['streams:read'] });
    await eventually(() => (server.rows('outbox').length > 0 ? true : undefined));
    const before = columnsWith(file, ID);
    for (const table of ['streams', 'segments', 'bookmarks', 'snapshots', 'jobs', 'grants', 'outbox'])
      expect(
        before.some((column) => column.startsWith(`${table}.`)),
        table,
      ).toBe(true);

    await server.expect(204, 'DELETE', `/v2/streams/${ID}`);
    // Its footage is the engine's to remove.
    const { stream_id, filenames } = await engine.command('delete_footage');
    expect([stream_id, filenames]).toEqual([ID, undefined]);
    await rm(join(base, 'hot', ID), { recursive: true });
    // What was done and by whom stays, for as long as the audit log is kept.
    const rows = () => columnsWith(file, ID).filter((column) => !column.startsWith('audit_log.'));
    await expect.poll(rows, { timeout: 10_000 }).toEqual([]);
    const files = async () => {
      const all = await Promise.all(
        [server.dataDir, base].map((folder) => readdir(folder, { recursive: true })),
      );
      return all.flat().filter((name) => name.includes(ID));
    };
    await expect.poll(files).toEqual([]);
    await engine.acknowledged(
      engine.fact({ kind: 'stream.state', ...about, state: 'stopped', previous: 'live' }),
    );
    await server.call('GET', '/v2/webhooks');
    expect(rows()).toEqual([]);
  });
});
