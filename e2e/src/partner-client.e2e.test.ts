import { Buffer } from 'node:buffer';
import { NightjarClient, NightjarError } from '@nightjar/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, OneCamera } from './harness/index.ts';

const SCOPES = ['streams:read', 'streams:write', 'bookmarks:read', 'bookmarks:write', 'snapshots:write'];

let one: OneCamera;
let installation: Installation;
let credentials: { base: string; clientId: string; clientSecret: string };

async function newClient(id: string) {
  const body = { name: id, client_id: id, scopes: [...SCOPES, 'snapshots:read'] };
  const made = await installation.api.expect(201, 'POST', '/v2/auth/clients', body);
  const { client_id: clientId, client_secret: clientSecret } = made as Record<string, string>;
  return { base: installation.api.base, clientId: clientId!, clientSecret: clientSecret! };
}

async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const thing of things) list.push(thing);
  return list;
}

beforeAll(async () => {
  one = await OneCamera.start({ recording: { enabled: true, segment_duration: 60 } });
  installation = one.installation;
  credentials = await newClient('sdk');
});
afterAll(() => one?.[Symbol.asyncDispose]());

describe('the client of partners in Node', () => {
  it('lists, bookmarks, waits, downloads and takes pictures', async () => {
    await one.live();
    const client = new NightjarClient(credentials);
    const streams = await all(client.streams({ state: 'LIVE' }));
    expect(streams.map(({ id }) => id)).toEqual(['yard']);
    const made = await client.createBookmark('yard', {
      ...{ source: 'live', before_seconds: 1, after_seconds: 1, label: 'typed', tags: ['sdk'] },
    });
    const done = await client.ready(made);
    expect(done).toMatchObject({
      status: 'ready',
      created_by: 'sdk',
      created_by_principal: 'api_client:sdk',
    });
    const clip = Buffer.from(await (await client.download(done.video_url)).arrayBuffer());
    expect([clip.length, clip.toString('latin1', 4, 8)]).toEqual([done.file_size, 'ftyp']);
    const part = await client.download(done.video_url, { range: 'bytes=4-7' });
    expect([part.status, await part.text()]).toEqual([206, 'ftyp']);
    expect(await client.updateBookmark(done.id, { label: 'changed' })).toMatchObject({ label: 'changed' });
    expect(await all(client.bookmarks('yard', { tag: 'sdk' }))).toMatchObject([{ id: done.id }]);
    const snapshot = await client.ready(await client.createSnapshot('yard', { source: 'live' }));
    expect((await client.download(snapshot.image_url)).headers.get('content-type')).toBe('image/jpeg');
    await client.deleteSnapshot(snapshot.id);
    await client.deleteBookmark(done.id);
    const gone = await client.bookmark(done.id).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(NightjarError);
    expect(gone).toMatchObject({ status: 404 });
  });

  it('makes one bookmark while the engine is away and comes back', async () => {
    const client = new NightjarClient(credentials);
    await installation.engine.kill();
    const center_timestamp = new Date(Date.now() - 3_000).toISOString();
    const making = client.createBookmark('yard', {
      ...{ source: 'historical', center_timestamp, before_seconds: 1, after_seconds: 1, tags: ['away'] },
    });
    await installation.startEngine();
    const made = await making.catch((error: unknown) => error);
    expect(made).toMatchObject({ id: expect.any(String) });
    expect((await all(client.bookmarks('yard', { tag: 'away' }))).length).toBe(1);
    await one.live();
  });

  it('gets a new token when its own is void, and says so when it may no longer', async () => {
    const own = await newClient('brief');
    const client = new NightjarClient(own);
    expect((await client.stream('yard')).id).toBe('yard');
    await installation.api.expect(200, 'PUT', '/v2/auth/clients/brief', { disabled: true });
    await expect(client.stream('yard')).rejects.toMatchObject({ status: 401 });
    await installation.api.expect(200, 'PUT', '/v2/auth/clients/brief', { disabled: false });
    expect((await client.stream('yard')).id).toBe('yard');
    await installation.api.expect(200, 'PUT', '/v2/auth/clients/brief', { scopes: ['bookmarks:read'] });
    await expect(client.stream('yard')).rejects.toMatchObject({ status: 403 });
  });
});
