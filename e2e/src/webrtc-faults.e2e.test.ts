import { UdpFaultProxy } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, eventually, Installation, outputOf, SyntheticCameras } from './harness/index.ts';
import {
  leave,
  type PeerFacts,
  peerFacts,
  type Watching,
  type WatchRequest,
  watchByWhep,
} from './webrtc/in-page.ts';
import { PublishingBrowser } from './webrtc/publishing-browser.ts';

/** What is wrong with the path, both ways. */
const ROUGH = { loss: 0.05, reorder: 0.05, duplicate: 0.01 };
const SECONDS = 8;

let cameras: SyntheticCameras;
let installation: Installation;
let proxy: UdpFaultProxy;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]! });
  await installation.api.addStream({ id: 'visitor', source_url: 'publish:' });
  await live('yard');
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await installation[Symbol.asyncDispose]();
  await cameras[Symbol.asyncDispose]();
});

const live = (id: string) =>
  eventually(`${id} to be live`, async () => (await installation.api.stream(id)).state === 'live', {
    timeoutMs: 20_000,
  });

/** Between peers and the engine's port, which only an answer names. */
async function roughPath(answer: string): Promise<UdpFaultProxy> {
  const port = Number(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/m.exec(answer)?.[1]);
  proxy ??= await UdpFaultProxy.start({ target: { port } });
  Object.assign(proxy.faults.up, ROUGH);
  Object.assign(proxy.faults.down, ROUGH);
  return proxy;
}

describe('over a path that loses 5 %, doubles 1 % and turns 5 % round, both ways', () => {
  it('a browser goes on watching, by repair', async () => {
    await using browser = await Browser.start();
    await browser.page.goto(`${installation.api.base}/health`);
    const watch = async (port?: number): Promise<Watching> => {
      const request: WatchRequest = { path: '/whep/yard', token: installation.token, only: 'udp', port };
      return (await browser.page.evaluate(watchByWhep as never, request as never)) as Watching;
    };
    const facts = async ({ index }: Watching) =>
      (await browser.page.evaluate(peerFacts as never, index as never)) as PeerFacts;
    const smooth = await watch();
    const { port, taken } = await roughPath(smooth.answer);
    const rough = await watch(port);
    const both = async () => {
      const [of, beside] = [await facts(rough), await facts(smooth)];
      return { ...of, beside: beside.frames };
    };
    const before = await both();
    // The same browser by a good path is the clock: however busy it is, it is so with both.
    const enough = async () => (await facts(smooth)).frames >= before.beside + SECONDS * 25;
    await eventually('pictures by the good path', enough, { timeoutMs: 60_000 });
    const after = await both();
    console.log(`watching: ${JSON.stringify({ ...after, taken })}`);
    expect(after.state).toBe('connected');
    expect(after.repaired).toBeGreaterThan(10);
    // A third is for freezes that repair does not spare.
    expect(after.frames - before.frames).toBeGreaterThan((after.beside - before.beside) * (2 / 3));
    for (const { index } of [smooth, rough]) await browser.page.evaluate(leave as never, index as never);
  });

  it('what a browser publishes arrives whole, by repair', async () => {
    const answer = await installation.api.expect(200, 'GET', '/api/streams/visitor/publish-key');
    const { key } = answer as { key: string };
    await using browser = await PublishingBrowser.start(installation);
    const published = await browser.publish({
      ...{ path: '/whip/visitor', key, only: 'udp', port: proxy.port, sound: false },
    });
    await live('visitor');
    const listing = await outputOf('ffmpeg', [
      ...['-v', 'error', '-rtsp_transport', 'tcp', '-t', String(SECONDS)],
      ...['-i', `rtsp://x:${installation.token}@127.0.0.1:${installation.ports.rtsp}/visitor`],
      ...['-map', '0:v', '-f', 'framemd5', '-'],
    ]);
    const pictures = listing
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('0,'));
    const { nacks, repeats, state, frames } = await browser.facts(published);
    const { packets_lost } = (await installation.api.stream('visitor')).metrics;
    console.log(
      `publishing: ${JSON.stringify({ nacks, repeats, frames, packets_lost, pictures: pictures.length })}`,
    );
    expect(state).toBe('connected');
    expect(repeats).toBeGreaterThan(10);
    // The made-up camera makes 20 pictures a second.
    expect(pictures.length).toBeGreaterThan(SECONDS * 20 * 0.8);
    await browser.stop(published);
  });
});
