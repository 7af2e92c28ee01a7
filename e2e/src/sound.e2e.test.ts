import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, eventually, type Installation, OneCamera } from './harness/index.ts';
import { leave, type PeerFacts, peerFacts, type Watching, watchByWhep } from './webrtc/in-page.ts';

let one: OneCamera;
let installation: Installation;

beforeAll(async () => {
  one = await OneCamera.start();
  installation = one.installation;
});
afterAll(() => one?.[Symbol.asyncDispose]());

/** Whether the process that codes sound runs. */
const coding = async (): Promise<boolean> =>
  (await installation.processes()).some(({ command }) => /\/vision\b[^/]*\.js/.test(command));

interface Peers {
  readonly viewers: {
    video: { muted: boolean };
    peer: { getStats(): Promise<ReadonlyMap<string, Record<string, unknown>>> };
  }[];
}

/** Runs in the page: energy of the sound that the browser has decoded of a viewer. */
async function energyOf(index: number): Promise<number> {
  const { peer, video } = (globalThis as unknown as Peers).viewers[index]!;
  // What is muted is not decoded either.
  video.muted = false;
  const stats = [...(await peer.getStats()).values()];
  const sound = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  return Number(sound?.['totalAudioEnergy'] ?? 0);
}

describe('the sound of a camera that sends AAC', () => {
  it('is heard in a browser by WebRTC as Opus, which is made only while somebody watches', async () => {
    expect(await coding()).toBe(false);
    await using browser = await Browser.start();
    await browser.page.goto(`${installation.api.base}/health`);
    const request = { path: '/whep/yard', token: installation.token };
    const { index, answer } = (await browser.page.evaluate(
      watchByWhep as never,
      request as never,
    )) as Watching;
    expect(answer).toMatch(/m=audio [1-9]\d* /);
    expect(answer).toMatch(/a=rtpmap:\d+ opus\/48000\/2/);
    const facts = async () => (await browser.page.evaluate(peerFacts as never, index as never)) as PeerFacts;
    // 20 ms each.
    const heard = async () => (await facts()).sounds > 50;
    await eventually('a second of sound', heard, { timeoutMs: 15_000 });
    const loud = async () => ((await browser.page.evaluate(energyOf as never, index as never)) as number) > 0;
    await eventually('sound that can be heard', loud, { timeoutMs: 10_000 });
    expect((await facts()).frames).toBeGreaterThan(10);
    expect(await coding()).toBe(true);
    await browser.page.evaluate(leave as never, index as never);
    await eventually('nothing to be coded', async () => !(await coding()), { timeoutMs: 25_000 });
  });
});
