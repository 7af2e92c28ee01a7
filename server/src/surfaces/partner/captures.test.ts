import { mkdir, readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  PartnerBookmark,
  PartnerBookmarkList,
  PartnerSnapshot,
  PartnerSnapshotList,
} from '@nightjar/contract/partner';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';

const AT = '2024-01-15T10:00:00.000Z';
const BOOKMARKS = '/v2/streams/yard/bookmarks';
const SNAPSHOTS = '/v2/streams/yard/snapshots';
const historical = { source: 'historical', center_timestamp: AT };

let dataDir: string;
let server: TestServer;
let engine: FakeEngine;
let asked: string[] = [];
let refuse: number | undefined;
let hurried = false;
let starts = 0;

function door({ url = '' }: IncomingMessage, response: ServerResponse): void {
  asked.push(url);
  const path = new URL(url, 'http://door');
  if (refuse !== undefined) {
    response.writeHead(refuse, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'no footage in this range' }));
  } else if (path.pathname.endsWith('/clip.mp4')) {
    response.writeHead(200, {
      'x-footage-start': path.searchParams.get('start')!,
      'x-footage-end': path.searchParams.get('end')!,
      'x-clip-seconds': '10',
    });
    response.end('the clip');
  } else {
    const time = path.searchParams.get('time') ?? new Date().toISOString();
    const near = hurried && path.searchParams.get('near') === '1';
    response.writeHead(200, { 'x-picture-time': time, ...(near ? { 'x-picture-near': '1' } : {}) });
    response.end(near ? 'a key frame' : 'a picture');
  }
}

async function open(): Promise<void> {
  server = await TestServer.start({ dataDir });
  await server.listen();
  engine = await FakeEngine.start(dataDir, { door, epoch: `epoch-${++starts}` });
  await engine.desired();
}

async function shut(): Promise<void> {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
}

const live = (id: string) =>
  engine.acknowledged(
    engine.fact({ kind: 'stream.state', stream_id: id, state: 'live', previous: 'ready', at: AT }),
  );
const stream = (id: string) =>
  server.expect(201, 'POST', '/v2/streams', { camera_id: id, source_url: 'rtsp://10.0.0.5/x' });
const kept = async (room: string, id = 'yard'): Promise<string[]> =>
  readdir(join(server.config.recording.base_path, 'kept', room, id)).catch(() => []);
const bookmark = async (body: object = historical) =>
  PartnerBookmark.parse(await server.expect(201, 'POST', BOOKMARKS, body));

beforeAll(async () => {
  dataDir = await newDataDir();
  await open();
  await stream('yard');
  await live('yard');
});
afterAll(shut);
beforeEach(() => {
  asked = [];
  refuse = undefined;
  hurried = false;
});

describe('a bookmark', () => {
  test('of the past is ready in the answer, with its clip, picture and what was said of it', async () => {
    const made = await bookmark({
      ...historical,
      ...{ before_seconds: 3, after_seconds: 4, label: 'Person', event_type: 'person_detected' },
      ...{ confidence: 0.95, tags: ['person', 'front_door'], created_by: 'ruth-ai' },
    });
    expect(made).toMatchObject({
      ...{ status: 'ready', source: 'historical', label: 'Person', confidence: 0.95, created_by: 'ruth-ai' },
      ...{ created_by_principal: 'api_token:environment', center_timestamp: AT, duration_seconds: 10 },
      ...{ start_time: '2024-01-15T09:59:57.000Z', end_time: '2024-01-15T10:00:04.000Z' },
      ...{ format: 'mp4', file_size: 8, video_url: `/v2/bookmarks/${made.id}/video` },
    });
    expect(asked.some((url) => url.includes('still.jpg?time=2024-01-15T10%3A00%3A00.000Z'))).toBe(true);
    const video = await server.call('GET', made.video_url);
    expect([video.text, video.headers['content-type'], video.headers['accept-ranges']]).toEqual([
      'the clip',
      'video/mp4',
      'bytes',
    ]);
    const part = await server.call('GET', made.video_url, undefined, { range: 'bytes=4-7' });
    expect([part.status, part.text]).toEqual([206, 'clip']);
    expect((await server.call('GET', made.thumbnail_url!)).text).toBe('a picture');
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
    expect(await kept('bookmarks')).toEqual([]);
    expect((await server.call('GET', made.video_url)).status).toBe(404);
  });

  test('of many at once has the picture of a key frame at first, and soon that of its moment', async () => {
    hurried = true;
    const { id, thumbnail_url: url } = await bookmark();
    const picture = async () => (await server.call('GET', url!)).text;
    expect(await picture()).toBe('a key frame');
    await expect.poll(picture, { timeout: 5_000 }).toBe('a picture');
    await server.expect(204, 'DELETE', `/v2/bookmarks/${id}`);
    expect(await kept('bookmarks')).toEqual([]);
  });

  test('whose window is not over waits for it, and survives a restart of the program', async () => {
    const made = await bookmark({ source: 'live', before_seconds: 1, after_seconds: 2, label: 'now' });
    expect(made).toMatchObject({ status: 'pending', start_time: null, thumbnail_url: null });
    expect((await server.call('GET', made.video_url)).body).toEqual({
      detail: 'It is not there yet (pending)',
    });
    await shut();
    await open();
    await live('yard');
    await expect
      .poll(async () => (await server.call('GET', `/v2/bookmarks/${made.id}`)).body, { timeout: 10_000 })
      .toMatchObject({ status: 'ready', label: 'now' });
    const jobs = await server.call('GET', '/api/jobs?kind=bookmark&state=completed');
    expect(jobs.body).toMatchObject({
      jobs: expect.arrayContaining([expect.objectContaining({ stream_id: 'yard' })]),
    });
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
  });

  test('whose job is lost is taken up at the next start, and files of nobody are removed', async () => {
    const made = await bookmark({ source: 'live', after_seconds: 1 });
    await shut();
    const database = new DatabaseSync(join(dataDir, 'nightjar.db'));
    database.exec("delete from jobs where state <> 'completed'");
    database.close();
    const folder = join(server.config.recording.base_path, 'kept', 'bookmarks', 'yard');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bm-stray.mp4'), 'x');
    await open();
    await expect
      .poll(async () => (await server.call('GET', `/v2/bookmarks/${made.id}`)).body, { timeout: 10_000 })
      .toMatchObject({ status: 'ready' });
    expect(await kept('bookmarks')).not.toContain('bm-stray.mp4');
    await live('yard');
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
  });

  test('of a time without footage is no bookmark', async () => {
    refuse = 404;
    const answer = await server.call('POST', BOOKMARKS, historical);
    expect([answer.status, answer.body]).toEqual([404, { detail: 'no footage in this range' }]);
    expect(PartnerBookmarkList.parse(await server.expect(200, 'GET', BOOKMARKS)).total).toBe(0);
    expect(await kept('bookmarks')).toEqual([]);
  });

  test('is changed without touching its files, by whoever has seen its last version', async () => {
    const made = await bookmark();
    const url = `/v2/bookmarks/${made.id}`;
    const { headers } = await server.call('GET', url);
    const tag = String(headers['etag']);
    expect((await server.call('GET', url, undefined, { 'if-none-match': tag })).status).toBe(304);
    asked = [];
    const changed = await server.call('PUT', url, { label: 'a cat', tags: ['cat'] }, { 'if-match': tag });
    expect([changed.status, changed.body]).toEqual([
      200,
      expect.objectContaining({ label: 'a cat', tags: ['cat'] }),
    ]);
    expect(asked).toEqual([]);
    expect((await server.call('PUT', url, { label: 'a dog' }, { 'if-match': tag })).status).toBe(412);
    expect((await server.call('DELETE', url, undefined, { 'if-match': tag })).status).toBe(412);
    await server.expect(204, 'DELETE', url);
  });

  test('is listed by everything that is said of it, in pages', async () => {
    const made = [];
    for (let n = 0; n < 4; n++) {
      made.push(
        await bookmark({
          ...{ source: 'historical', center_timestamp: `2024-01-15T10:0${n}:00Z` },
          ...{ event_type: n % 2 === 0 ? 'person' : 'car', created_by: `ai-${n % 2}`, confidence: n / 10 },
          tags: n === 3 ? ['a"b', 'door'] : ['door'],
        }),
      );
    }
    const total = async (query: string) =>
      PartnerBookmarkList.parse(await server.expect(200, 'GET', `${BOOKMARKS}?${query}`)).total;
    expect(
      await Promise.all(
        [
          ...[
            'event_type=person',
            'created_by=ai-1',
            'start_time=2024-01-15T10:02:00Z',
            'tag=door',
            'tag=doo',
          ],
          ...['end_time=2024-01-15T10:00:00Z', 'min_confidence=0.25', 'status=failed', 'tag=a%22b', 'tag=b'],
        ].map(total),
      ),
    ).toEqual([2, 2, 2, 4, 0, 1, 1, 0, 1, 0]);
    const page = PartnerBookmarkList.parse(
      await server.expect(200, 'GET', `${BOOKMARKS}?page=2&page_size=3`),
    );
    expect(page).toMatchObject({ total: 4, limit: 3, offset: 3 });
    expect(page.bookmarks.map(({ id }) => id)).toEqual([made[0]!.id]);
    for (const { id } of made) await server.expect(204, 'DELETE', `/v2/bookmarks/${id}`);
  });

  test.each([
    [{ source: 'historical' }, 'center_timestamp'],
    [{ source: 'tape' }, 'source'],
    [{ ...historical, before_seconds: 301 }, 'before_seconds'],
    [{ ...historical, before_seconds: 0, after_seconds: 0 }, 'before_seconds'],
    [{ ...historical, confidence: 1.1 }, 'confidence'],
    [{ ...historical, tags: 'x' }, 'tags'],
    [{ ...historical, surprise: 1 }, 'surprise'],
    [{ source: 'historical', center_timestamp: '2999-01-01T00:00:00Z' }, 'center_timestamp'],
  ])('%j is refused and the field named', async (body, field) => {
    const answer = await server.call('POST', BOOKMARKS, body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ detail: [{ loc: ['body', field] }] });
  });

  test('is made once for an idempotency key', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await server.call('POST', BOOKMARKS, historical, headers);
    const again = await server.call('POST', BOOKMARKS, historical, headers);
    expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(first.body);
    const other = await server.call('POST', BOOKMARKS, { ...historical, label: 'x' }, headers);
    expect(other.status).toBe(422);
    const made = PartnerBookmark.parse(first.body);
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
    refuse = 404;
    const failing = { 'idempotency-key': 'k-2' };
    expect((await server.call('POST', BOOKMARKS, historical, failing)).status).toBe(404);
    refuse = undefined;
    expect((await server.call('POST', BOOKMARKS, historical, failing)).status).toBe(201);
  });

  test('of a stream that is not live now cannot be live', async () => {
    await stream('dark');
    const answer = await server.call('POST', '/v2/streams/dark/bookmarks', { source: 'live' });
    expect([answer.status, answer.body]).toEqual([409, { detail: 'Stream is not live (INITIALIZING)' }]);
    expect((await server.call('POST', '/v2/streams/none/bookmarks', { source: 'live' })).status).toBe(404);
  });
});

describe('a snapshot', () => {
  test('live and of the past, with its metadata', async () => {
    const now = PartnerSnapshot.parse(
      await server.expect(201, 'POST', SNAPSHOTS, { source: 'live', metadata: { model: 'v2', box: [1, 2] } }),
    );
    expect(now).toMatchObject({ status: 'ready', metadata: { model: 'v2', box: [1, 2] }, format: 'jpg' });
    expect(asked.at(-1)).toBe('/live/yard/snapshot.jpg?exact=1');
    const past = PartnerSnapshot.parse(
      await server.expect(201, 'POST', SNAPSHOTS, { source: 'historical', timestamp: '2024-01-15T10:00:00' }),
    );
    expect(past).toMatchObject({ status: 'ready', timestamp: AT });
    expect((await server.call('GET', past.image_url)).text).toBe('a picture');
    const list = async (query: string) =>
      PartnerSnapshotList.parse(await server.expect(200, 'GET', `${SNAPSHOTS}?${query}`)).total;
    expect([await list(''), await list('source=live'), await list(`end_time=${AT}`)]).toEqual([2, 1, 1]);
    for (const { id } of [now, past]) await server.expect(204, 'DELETE', `/v2/snapshots/${id}`);
    expect(await kept('snapshots')).toEqual([]);
  });

  test('without a picture is none', async () => {
    refuse = 503;
    const answer = await server.call('POST', SNAPSHOTS, { source: 'live' });
    expect([answer.status, (answer.body as { detail: string }).detail]).toEqual([503, expect.any(String)]);
    expect((await server.call('POST', SNAPSHOTS, { source: 'historical' })).status).toBe(422);
    expect(PartnerSnapshotList.parse(await server.expect(200, 'GET', SNAPSHOTS)).total).toBe(0);
  });
});

describe('whoever', () => {
  test('has but a ticket of the stream is shown its clips and pictures, as elements of a page ask for them', async () => {
    await stream('gate');
    const made = await bookmark();
    const shot = PartnerSnapshot.parse(
      await server.expect(201, 'POST', SNAPSHOTS, { source: 'historical', timestamp: AT }),
    );
    const ticketOf = async (id: string) =>
      (await server.expect<{ ticket: string }>(201, 'POST', `/live/${id}/ticket`)).ticket;
    const [own, foreign] = [await ticketOf('yard'), await ticketOf('gate')];
    const nobody = { authorization: '' };
    const seen = async (url: string, ticket: string) =>
      (await server.call('GET', `${url}?ticket=${ticket}`, undefined, nobody)).status;
    for (const url of [made.video_url, made.thumbnail_url!, shot.image_url!]) {
      expect([await seen(url, own), await seen(url, foreign), await seen(url, `${own}x`)]).toEqual([
        200, 404, 401,
      ]);
      expect((await server.call('GET', url, undefined, nobody)).status).toBe(401);
    }
    // What is no picture or clip wants more.
    expect(await seen(`/v2/bookmarks/${made.id}`, own)).toBe(401);
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
  });

  test('reaches other streams alone learns of none', async () => {
    const made = await bookmark();
    const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
      ...{ name: 'foreign', scopes: ['bookmarks:read', 'bookmarks:write'], reach: 'granted' },
      grants: [{ kind: 'stream', id: 'dark', scopes: null }],
    });
    const headers = { authorization: `Bearer ${token}` };
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/video'],
      ['GET', '/thumbnail'],
      ['PUT', ''],
      ['DELETE', ''],
    ] as const) {
      const call = (id: string) =>
        server.call(method, `/v2/bookmarks/${id}${path}`, method === 'PUT' ? {} : undefined, headers);
      const [foreign, unknown] = await Promise.all([call(made.id), call('bm-0')]);
      expect([foreign.status, foreign.text.replaceAll(made.id, 'bm-0')]).toEqual([404, unknown.text]);
    }
    await server.expect(204, 'DELETE', `/v2/bookmarks/${made.id}`);
  });

  test('removes a stream removes its bookmarks and snapshots, rows and files', async () => {
    await stream('gone');
    await live('gone');
    await server.expect(201, 'POST', '/v2/streams/gone/bookmarks', historical);
    await server.expect(201, 'POST', '/v2/streams/gone/snapshots', { source: 'live' });
    expect([(await kept('bookmarks', 'gone')).length, (await kept('snapshots', 'gone')).length]).toEqual([
      2, 1,
    ]);
    await server.expect(204, 'DELETE', '/v2/streams/gone');
    for (const room of ['bookmarks', 'snapshots']) {
      expect(server.rows(room).filter((row) => row['stream_id'] === 'gone')).toEqual([]);
      await expect.poll(() => kept(room, 'gone')).toEqual([]);
    }
  });

  test('sends the usage example of the document finds it done', async () => {
    const example = {
      ...{ source: 'live', label: 'Person detected at entrance', created_by: 'ruth-ai' },
      ...{ event_type: 'person_detected', confidence: 0.95, tags: ['person', 'front_door'] },
    };
    expect(await bookmark({ ...example, after_seconds: 0 })).toMatchObject(example);
  });
});
