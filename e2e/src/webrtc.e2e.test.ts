import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, eventually, Installation, minuteDifference, SyntheticCameras } from './harness/index.ts';
import { mediasoupBundle } from './webrtc/bundles.ts';
import { EngineDoor } from './webrtc/engine-door.ts';
import {
  installClock,
  leave,
  type PeerFacts,
  peerFacts,
  readClock,
  type Sight,
  type Watching,
  type WatchRequest,
  watchByWhep,
} from './webrtc/in-page.ts';
import {
  type ConsumedFacts,
  type Consuming,
  closeTransport,
  consumedFacts,
  consumeInPage,
} from './webrtc/mediasoup-in-page.ts';

const ID = 'yard';
const LOOKS = 10;

let cameras: SyntheticCameras;
let installation: Installation;
let browser: Browser;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  await installation.api.addStream({ id: ID, source_url: cameras.urls[0]! });
  await live();
  browser = await Browser.start();
  await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
  await browser.page.addInitScript(installClock);
  await browser.page.goto(`${installation.api.base}/health`);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await installation[Symbol.asyncDispose]();
  await cameras[Symbol.asyncDispose]();
});

const live = () =>
  eventually('the camera to be live', async () => (await installation.api.stream(ID)).status === 'active', {
    timeoutMs: 15_000,
  });
const viewers = async () => {
  const list = await installation.api.expect(200, 'GET', `/api/viewers?stream_id=${ID}&protocol=webrtc`);
  return (list as { total: number }).total;
};
const watch = async (only?: WatchRequest['only']): Promise<Watching> => {
  const request: WatchRequest = { path: `/whep/${ID}`, token: installation.token, only };
  return (await browser.page.evaluate(watchByWhep as never, request as never)) as Watching;
};
const facts = async (index: number) =>
  (await browser.page.evaluate(peerFacts as never, index as never)) as PeerFacts;
const leaves = (index: number) => browser.page.evaluate(leave as never, index as never);
const signalled = (method: string, path: string, headers = {}, body?: string) =>
  fetch(`${installation.api.base}${path}`, {
    ...{ method, headers: { authorization: `Bearer ${installation.token}`, ...headers } },
    ...(body === undefined ? {} : { body }),
  });
const nobody = (what: string) => eventually(what, async () => (await viewers()) === 0, { timeoutMs: 10_000 });

describe('WebRTC', () => {
  it.each(['udp', 'tcp'] as const)(
    'plays in Chromium over %s alone, at once and close behind',
    async (only) => {
      const { index, toPictureMs } = await watch(only);
      const frames = async () => (await facts(index)).frames;
      const from = await frames();
      await eventually('50 more pictures', async () => (await frames()) >= from + 50, { timeoutMs: 10_000 });
      const behind: number[] = [];
      for (let look = 0; look < LOOKS; look++) {
        const { shown, utc } = (await browser.page.evaluate(readClock as never, index as never)) as Sight;
        if (shown !== undefined) behind.push(minuteDifference(cameras.clockAt(0, utc) - shown));
      }
      behind.sort((a, b) => a - b);
      const median = behind[behind.length >> 1];
      console.log(`${only}: picture after ${toPictureMs.toFixed(0)} ms, ${median?.toFixed(0)} ms behind`);
      expect(await facts(index)).toMatchObject({
        ...{ state: 'connected', protocol: only, codec: 'video/H264', lost: 0, size: [1280, 720] },
        fmtp: expect.stringContaining('packetization-mode=1'),
      });
      expect(behind.length).toBeGreaterThan(LOOKS / 2);
      expect(median).toBeLessThan(1_000);
      expect(toPictureMs).toBeLessThan(2_000);
      await eventually('the viewer to be counted', async () => (await viewers()) === 1, { timeoutMs: 5_000 });
      await leaves(index);
      await nobody('whoever left to be counted no more');
    },
  );

  it('ends with DELETE of its Location, and only for who may', async () => {
    const { location, index } = await watch();
    expect((await fetch(`${installation.api.base}${location}`, { method: 'DELETE' })).status).toBe(401);
    expect((await signalled('DELETE', location)).status).toBe(200);
    const ended = async () => ['disconnected', 'failed', 'closed'].includes((await facts(index)).state);
    await eventually('the browser to notice', ended, { timeoutMs: 15_000 });
    expect((await signalled('DELETE', location)).status).toBe(404);
    await leaves(index);
  });

  it('says why an offer is refused', async () => {
    const sdp = { 'content-type': 'application/sdp' };
    const malformed = await signalled('POST', `/whep/${ID}`, sdp, 'hello');
    expect([malformed.status, await malformed.json()]).toEqual([
      400,
      { error: expect.objectContaining({ message: expect.stringContaining('not a session description') }) },
    ]);
    expect((await signalled('POST', '/whep/nobody', sdp, 'v=0')).status).toBe(404);
  });

  it('comes back when the engine was killed', async () => {
    const { index } = await watch();
    await installation.engine.kill();
    expect(installation.engine.exit?.signal).toBe('SIGKILL');
    await leaves(index);
    await installation.startEngine();
    await live();
    const again = await eventually('the stream to be watched again', () => watch(), { timeoutMs: 15_000 });
    expect((await facts(again.index)).state).toBe('connected');
    await leaves(again.index);
    await nobody('nobody to be left');
  });
});

describe('the consume flow', () => {
  it('plays in an unmodified mediasoup-client over UDP and over TCP alone', async () => {
    const door = new EngineDoor(installation.dataDir, ID);
    await browser.page.exposeFunction('door', (method: string, path: string, body?: unknown) =>
      door.consume(method, path, body),
    );
    await browser.page.evaluate(await mediasoupBundle());
    for (const only of ['udp', 'tcp'] as const) {
      const consuming = (await browser.page.evaluate(consumeInPage as never, only as never)) as Consuming;
      console.log(`mediasoup-client over ${only}: picture after ${consuming.toPictureMs.toFixed(0)} ms`);
      // The camera's AAC comes as Opus.
      expect(consuming.kinds).toEqual(['video', 'audio']);
      const look = async () => (await browser.page.evaluate(consumedFacts as never)) as ConsumedFacts;
      await eventually('50 pictures', async () => (await look()).frames >= 50, { timeoutMs: 10_000 });
      expect((await look()).protocol).toBe(only);
      const state = async () => {
        const { consumers } = (await door.consume('GET', '')).body as {
          consumers: { consumer_id: string; state: string; last_seen_at: string; created_at: string }[];
        };
        return consumers.find(({ consumer_id }) => consumer_id === consuming.consumerId);
      };
      expect((await state())?.state).toBe('CONNECTED');
      const seen = async () => {
        const { last_seen_at = '', created_at = '' } = (await state()) ?? {};
        return Date.parse(last_seen_at) > Date.parse(created_at) + 1_000;
      };
      await eventually('the client to be seen', seen, { timeoutMs: 10_000 });
      await browser.page.evaluate(closeTransport as never);
      await eventually('it to be CLOSED', async () => (await state())?.state === 'CLOSED', {
        timeoutMs: 10_000,
      });
    }
    await nobody('nobody to be left');
  });
});
