import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DesiredStream,
  linkKeyPath,
  openTicket,
  sealingKey,
  TICKET_HEADER,
} from '@nightjar/contract/link';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MediaTickets } from '../access/index.ts';
import { FakeClock, FakeEngine, newDataDir, TestServer } from '../testing/index.ts';

const FILE = '2026-01-02_03-04-05.mp4.sealed';
const ALL = ['streams:unblurred', 'originals:read'];

let dataDir: string;
let server: TestServer;
let engine: FakeEngine;
let questions = 0;
/** The ticket of the last request that came to the engine. */
let shown = '';
beforeAll(async () => {
  dataDir = await newDataDir();
  engine = await FakeEngine.start(dataDir, {
    door: (request, response) => {
      shown = String(request.headers[TICKET_HEADER]);
      response.end('media');
    },
  });
  server = await TestServer.start({ dataDir });
  await server.listen();
  for (const id of ['yard', 'gate'])
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/a' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const put = (privacy: object) => server.expect(200, 'PUT', '/api/streams/yard', { privacy });
const wanted = async (holds: (stream: DesiredStream) => boolean): Promise<DesiredStream> => {
  const { streams } = await engine.desired((desired) =>
    desired.streams.some((stream) => stream.id === 'yard' && holds(stream)),
  );
  return streams.find(({ id }) => id === 'yard')!;
};
const recorded = async () => (await wanted(({ originals }) => originals !== undefined)).originals!;

/** A token with scopes beyond those of a viewer. */
async function person(extra: readonly string[]) {
  const name = `p-${randomUUID().slice(0, 8)}`;
  const scopes = ['streams:read', 'recordings:read', ...extra];
  const made = await server.expect(201, 'POST', '/api/v1/api-tokens', { name, scopes });
  const { id, token } = made as { id: string; token: string };
  return { id, name, headers: { authorization: `Bearer ${token}` } };
}

/** The grant that the engine is shown with a request for recorded originals. */
async function grantOf({ id }: { id: string }, streamId = 'yard', ahead = 0): Promise<string> {
  const key = await readFile(join(dataDir, 'keys', 'tokens.key'));
  const clock = new FakeClock(new Date(Date.now() + ahead * 1000).toISOString());
  const tickets = new MediaTickets({ clock, key, linkKey: key });
  return tickets.originalsGrantOf({ kind: 'api_token', id }, streamId);
}

/** What the server answers to the engine's question for the key of a file. */
async function unsealed(asked: object): Promise<string | undefined> {
  const id = ++questions;
  engine.send({ type: 'unseal', id, filename: FILE, ...asked } as never);
  return engine
    .until((received) => {
      const answer = received.find((message) => message.type === 'unsealed' && message.id === id);
      return answer?.type === 'unsealed' ? { key: answer.key } : undefined;
    })
    .then(({ key }) => key);
}

test('originals are recorded only while privacy is on and says so', async () => {
  await put({ enabled: true });
  expect((await wanted(({ privacy }) => privacy !== undefined)).originals).toBeUndefined();
  expect(server.rows('original_keys')).toEqual([]);
  await put({ record: 'both' });
  expect((await recorded()).alone).toBe(false);
  await put({ record: 'original' });
  await wanted(({ originals }) => originals?.alone === true);
  await put({ enabled: false });
  expect((await wanted(({ privacy }) => privacy === undefined)).originals).toBeUndefined();
  await put({ enabled: true, record: 'both' });
  expect(server.rows('original_keys').length).toBe(1);
});

describe('the key of a file', () => {
  test('is told for somebody who has every right, and each access is written down', async () => {
    const { key } = await recorded();
    const file = sealingKey(key, 'yard');
    const of = { stream_id: 'yard', key_id: key.id, ephemeral: file.ephemeral };
    const seer = await person(ALL);
    expect(await unsealed({ ...of, grant: await grantOf(seer) })).toBe(file.key.toString('base64'));
    const entries = await server.expect(200, 'GET', '/api/v1/audit-logs?action=original.opened');
    expect(JSON.stringify(entries)).toContain(seer.name);
    expect(JSON.stringify(entries)).toContain(FILE);
  });

  test.each([
    ['the scope of originals', ['streams:unblurred']],
    ['the right to originals live', ['originals:read']],
    ['both', []],
  ])('stays where it is for who lacks %s', async (_, scopes) => {
    const { key } = await recorded();
    const { ephemeral } = sealingKey(key, 'yard');
    const viewer = await person(scopes);
    const grant = await grantOf(viewer);
    expect(await unsealed({ stream_id: 'yard', key_id: key.id, ephemeral, grant })).toBeUndefined();
  });

  test('is not told for a grant of another stream, for none, or once the right is gone', async () => {
    const { key } = await recorded();
    const file = sealingKey(key, 'yard');
    const of = { stream_id: 'yard', key_id: key.id, ephemeral: file.ephemeral };
    const seer = await person(ALL);
    expect(await unsealed({ ...of, grant: await grantOf(seer, 'gate') })).toBeUndefined();
    for (const grant of ['', 'nonsense', 'grant.x.y'])
      expect(await unsealed({ ...of, grant })).toBeUndefined();
    const grant = await grantOf(seer);
    await server.expect(204, 'DELETE', `/api/v1/api-tokens/${seer.id}`);
    expect(await unsealed({ ...of, grant })).toBeUndefined();
  });

  test('is told for a request for originals alone, and not for ever', async () => {
    const { key } = await recorded();
    const file = sealingKey(key, 'yard');
    const of = { stream_id: 'yard', key_id: key.id, ephemeral: file.ephemeral };
    const linkKey = await readFile(linkKeyPath(dataDir));
    const seer = await person(ALL);
    const grantIn = (ticket: string) => openTicket(linkKey, ticket, Date.now() / 1000)!;
    const watched = async (path: string) => {
      expect((await server.call('GET', `/live/yard/${path}`, undefined, seer.headers)).status).toBe(200);
      return grantIn(shown);
    };
    for (const path of ['playback.m3u8?original=true', 'play.mp4?original=true', `footage/${FILE}`]) {
      const { originals, grant = '' } = await watched(path);
      expect(originals).toBe(true);
      expect(await unsealed({ ...of, grant })).toBe(file.key.toString('base64'));
    }
    const { body } = await server.call('POST', '/live/yard/ticket', undefined, seer.headers);
    const others = [grantIn((body as { ticket: string }).ticket)];
    for (const path of ['playback.m3u8?a=1', 'index.m3u8?original=true']) others.push(await watched(path));
    for (const { originals, grant = '' } of others) {
      expect(originals).toBeUndefined();
      expect(await unsealed({ ...of, grant })).toBeUndefined();
      expect(await server.access.mayWatch('yard', grant)).toMatchObject({ allowed: true });
    }
    expect(await unsealed({ ...of, grant: await grantOf(seer, 'yard', -590) })).toBeDefined();
    expect(await unsealed({ ...of, grant: await grantOf(seer, 'yard', -610) })).toBeUndefined();
    const grant = await grantOf(seer);
    expect(await server.access.mayWatch('yard', grant)).toEqual({ allowed: false });
  });

  test('is another one where a file says it is of another stream, or names a key that is not there', async () => {
    const { key } = await recorded();
    const file = sealingKey(key, 'yard');
    const seer = await person(ALL);
    const moved = { stream_id: 'gate', key_id: key.id, ephemeral: file.ephemeral };
    const told = await unsealed({ ...moved, grant: await grantOf(seer, 'gate') });
    expect(told).toBeDefined();
    expect(told).not.toBe(file.key.toString('base64'));
    const lost = { stream_id: 'yard', key_id: 'original-lost', ephemeral: file.ephemeral };
    expect(await unsealed({ ...lost, grant: await grantOf(seer) })).toBeUndefined();
  });
});

describe('asking for originals', () => {
  const paths = ['playback.m3u8', 'play.mp4', 'clip.mp4', 'still.jpg'].map((path) => `${path}?original=true`);

  test.each([...paths, `footage/${FILE}`])('%s is refused to who may not see them', async (path) => {
    const viewer = await person(['streams:unblurred']);
    const { status, body } = await server.call('GET', `/live/yard/${path}`, undefined, viewer.headers);
    expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('originals:read')]);
  });

  test('is no right of a ticket in an address', async () => {
    const seer = await person(ALL);
    const { body } = await server.call('POST', '/live/yard/ticket', undefined, seer.headers);
    const { ticket } = body as { ticket: string };
    const open = { authorization: '' };
    for (const path of [...paths, `footage/${FILE}?`]) {
      const { status } = await server.call('GET', `/live/yard/${path}&ticket=${ticket}`, undefined, open);
      expect([path, status]).toEqual([path, 403]);
    }
  });

  test('the list of recordings keeps them apart', async () => {
    const viewer = await person(['streams:unblurred']);
    const list = '/api/streams/yard/recordings?original=true';
    expect((await server.call('GET', list, undefined, viewer.headers)).status).toBe(403);
    const seer = await person(ALL);
    const about = { stream_id: 'yard', start: '2026-01-02T03:04:05.000Z', end: '2026-01-02T03:04:15.000Z' };
    const closed = { duration: 10, bytes: 1000, recovered: false, reason: 'rotated' } as const;
    let seq = 0;
    for (const filename of [FILE, FILE.replace('.sealed', '')])
      seq = engine.fact({ kind: 'segment.closed', ...about, filename, ...closed });
    await engine.acknowledged(seq);
    const names = async (path: string, headers: Record<string, string>) => {
      const { body } = await server.call('GET', path, undefined, headers);
      return (body as { recordings: { filename: string }[] }).recordings.map(({ filename }) => filename);
    };
    expect(await names(list, seer.headers)).toEqual([FILE]);
    expect(await names('/api/streams/yard/recordings', seer.headers)).toEqual([FILE.replace('.sealed', '')]);
    const all = await server.expect(200, 'GET', '/api/v1/recordings');
    expect(JSON.stringify(all)).not.toContain('.sealed');
    const single = await server.call('GET', `/api/v1/recordings/yard~${FILE}`);
    expect([400, 404]).toContain(single.status);
    // They count where room is measured.
    expect(await server.expect(200, 'GET', '/api/streams/yard')).toBeDefined();
  });
});

test('who may not see originals neither frees nor names them by what else they may do', async () => {
  await put({ record: 'original' });
  const path = `/api/streams/yard/recordings/${FILE}`;
  const filename = FILE.replace('2026', '2031');
  const files = async (extra: readonly string[]) => {
    const { headers } = await person(['recordings:write', ...extra]);
    const freed = await server.call('PATCH', path, { protected: false }, headers);
    await server.call('POST', '/api/streams/yard/recording/start', undefined, headers);
    const about = { stream_id: 'yard', start: new Date(Date.now() + 1000).toISOString(), filename };
    await engine.acknowledged(engine.fact({ kind: 'segment.opened', ...about }));
    const stopped = await server.call('POST', '/api/streams/yard/recording/stop', undefined, headers);
    return [freed.status, (stopped.body as { files: string[] }).files.length];
  };
  expect(await files([])).toEqual([404, 0]);
  expect(await files(['streams:unblurred'])).toEqual([404, 0]);
  expect(await files(ALL)).toEqual([200, 1]);
});

test('a new key of the secrets seals them anew, and files that were sealed before still open', async () => {
  const { key } = await recorded();
  const file = sealingKey(key, 'yard');
  const [before] = server.rows('original_keys');
  const told = (received: readonly { type: string }[]) =>
    received.filter(({ type }) => type === 'desired').length;
  const earlier = await engine.until(told);
  await server.close();
  const secrets = join(dataDir, 'keys', 'secrets.key');
  await rename(secrets, `${secrets}.old`);
  server = await TestServer.start({ dataDir });
  await server.listen();
  const [after] = server.rows('original_keys');
  expect(after).toMatchObject({ id: before!['id'], public_half: before!['public_half'] });
  expect(after!['private_sealed']).not.toBe(before!['private_sealed']);
  await engine.until((received) => told(received) > earlier || undefined);
  const seer = await person(ALL);
  const of = { stream_id: 'yard', key_id: key.id, ephemeral: file.ephemeral };
  expect(await unsealed({ ...of, grant: await grantOf(seer) })).toBe(file.key.toString('base64'));
});
