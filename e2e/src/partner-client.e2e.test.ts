import { Buffer } from 'node:buffer';
import { NightjarClient, NightjarError } from '@nightjar/client';
import { UdpFaultProxy } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  eventually,
  Installation,
  monotonicMs,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';
import { partnerBundle } from './webrtc/client-in-page.ts';

const SCOPES = ['streams:read', 'streams:write', 'bookmarks:read', 'bookmarks:write', 'snapshots:write'];

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';

let cameras: SyntheticCameras;
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

const isLive = () =>
  eventually('the stream to be live', async () => (await installation.api.stream('yard')).state === 'live', {
    timeoutMs: 20_000,
  });

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  const recording = { enabled: true, segment_duration: 60 };
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]!, recording });
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
  credentials = await newClient('sdk');
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

type Call = <T>(code: string) => Promise<T>;
interface Facts {
  frames: number;
  states: string[];
  connections: number;
}

/** Everything on the path is lost for a while. */
async function cutPath(page: {
  call: Call;
  facts: () => Promise<Facts>;
  login: string;
  playsAgain: (why: string, since: number) => Promise<number>;
}): Promise<void> {
  const { call, facts, login, playsAgain } = page;
  await call('leave()');
  const port = Number(
    (
      (await installation.api.expect(201, 'POST', '/v2/streams/yard/consume', {
        rtp_capabilities: await installation.api.expect(200, 'GET', '/v2/streams/yard/rtp-capabilities'),
      })) as { transport: { iceCandidates: { protocol: string; port: number }[] } }
    ).transport.iceCandidates.find(({ protocol }) => protocol === 'udp')!.port,
  );
  await using proxy = await UdpFaultProxy.start({ target: { port } });
  await call(`goBy(${proxy.port})`);
  await call<number>(`watch(${login}, 'yard')`);
  for (const way of [proxy.faults.up, proxy.faults.down]) Object.assign(way, { loss: 1 });
  await eventually('the cut to be noticed', async () => (await facts()).states.includes('connecting'), {
    timeoutMs: 30_000,
  });
  const cut = await facts();
  for (const way of [proxy.faults.up, proxy.faults.down]) Object.assign(way, { loss: 0 });
  console.log(
    `after a cut: playing again in ${(await playsAgain('after the cut', cut.frames)).toFixed(0)} ms`,
  );
}

describe('the client of partners in a page', () => {
  // Browsers take their time to find a path dead: the whole of it runs with `npm run soak`.
  it(`shows pictures, and again after ${SOAK ? 'a cut of the network and ' : ''}the death of the engine`, async () => {
    await using browser = await Browser.start();
    await browser.page.goto(`${installation.api.base}/health`);
    await browser.page.evaluate(await partnerBundle());
    const own = await newClient('viewer');
    const call: Call = (code) => browser.page.evaluate(`partner.${code}`);
    const facts = () => call<Facts>('facts()');
    const login = JSON.stringify(own);
    const direct = await call<number>(`watch(${login}, 'yard')`);
    console.log(`first picture ${direct.toFixed(0)} ms after consume`);
    const playsAgain = async (why: string, since: number) => {
      const before = await facts();
      const enough = async () => {
        const now = await facts();
        return (
          now.states.at(-1) === 'playing' &&
          now.connections > before.connections - 1 &&
          now.frames > since + 25
        );
      };
      const began = monotonicMs();
      await eventually(`pictures ${why}`, enough, { timeoutMs: 40_000 });
      return monotonicMs() - began;
    };

    if (SOAK) await cutPath({ call, facts, login, playsAgain });
    const { frames } = await facts();
    // The engine that follows has another port.
    await call('goBy()');
    await installation.engine.kill();
    await installation.startEngine();
    await isLive();
    console.log(`after the engine's death: ${(await playsAgain('after the engine', frames)).toFixed(0)} ms`);
    expect((await facts()).connections).toBeGreaterThanOrEqual(2);
    if (!SOAK) return;

    await installation.api.expect(204, 'DELETE', '/v2/auth/clients/viewer');
    const ended = monotonicMs();
    await eventually('the end', async () => (await facts()).states.at(-1) === 'refused', {
      timeoutMs: 30_000,
    });
    console.log(`a client that is removed: over after ${(monotonicMs() - ended).toFixed(0)} ms`);
  });
});

describe('the client of partners in Node', () => {
  it('lists, bookmarks, waits, downloads and takes pictures', async () => {
    await isLive();
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
    await isLive();
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
