import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Installation, outputOf, Program } from './harness/index.ts';
import type { Published, PublishRequest } from './webrtc/publish-in-page.ts';
import { PublishingBrowser } from './webrtc/publishing-browser.ts';

const ID = 'visitor';
const SDP = { 'content-type': 'application/sdp' };

let installation: Installation;
let browser: PublishingBrowser;
let key: string;

beforeAll(async () => {
  installation = await Installation.start();
  await installation.api.addStream({ id: ID, source_url: 'publish:' });
  key = await publishKey('GET');
  browser = await PublishingBrowser.start(installation);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await installation[Symbol.asyncDispose]();
});

async function publishKey(method: 'GET' | 'POST'): Promise<string> {
  const answer = await installation.api.expect(200, method, `/api/streams/${ID}/publish-key`);
  return (answer as { key: string }).key;
}

const ask = (method: string, path: string, bearer: string, headers = {}, body?: string) =>
  fetch(`${installation.api.base}${path}`, {
    ...{ method, headers: { authorization: `Bearer ${bearer}`, ...headers } },
    ...(body === undefined ? {} : { body }),
  });
const signal = (path: string, bearer: string, offer: string) => browser.signal(path, bearer, offer);
const publish = (more: Partial<PublishRequest> = {}): Promise<Published> =>
  browser.publish({ path: `/whip/${ID}`, key, only: undefined, port: undefined, sound: true, ...more });
const facts = (published: Published) => browser.facts(published);
const stop = (published: Published) => browser.stop(published);
const stream = () => installation.api.stream(ID);
const live = () =>
  eventually('the stream to be live', async () => (await stream()).state === 'live', { timeoutMs: 15_000 });
const left = () =>
  eventually('the publisher to be gone', async () => (await stream()).state !== 'live', { timeoutMs: 5_000 });

describe('WHIP', () => {
  it.each(['udp', 'tcp'] as const)(
    'takes a browser’s camera and microphone over %s, and has it make key frames',
    async (only) => {
      const published = await publish({ only });
      expect(published.location).toMatch(new RegExp(`^/whip/${ID}/[\\w-]{22}$`));
      await live();
      const { tracks } = await stream();
      expect(tracks.map(({ codec }) => codec)).toEqual(['h264', 'opus']);
      // A browser makes one key frame at its beginning and no other unless it is asked.
      await eventually('three key frames', async () => (await facts(published)).keyFrames >= 3, {
        timeoutMs: 15_000,
      });
      const { state, protocol, codecs, plis, roundTrip, lost } = await facts(published);
      expect({ state, protocol, lost }).toEqual({ state: 'connected', protocol: only, lost: 0 });
      expect(codecs).toEqual(['video/H264', 'audio/opus']);
      expect(plis).toBeGreaterThanOrEqual(2);
      // From our receiver reports.
      expect(roundTrip).toBeLessThan(1);
      await stop(published);
      await left();
    },
  );

  it('takes AV1 from a browser, gives it back to the browser, and to ffmpeg as MP4', async () => {
    const published = await publish({ sound: false, codec: 'video/AV1' });
    expect([published.status, published.answer]).toEqual([201, expect.stringContaining('AV1/90000')]);
    await live();
    expect((await stream()).tracks).toMatchObject([{ codec: 'av1', width: 320, height: 240 }]);
    const watched = await browser.watch(`/whep/${ID}`, installation.token, 25);
    expect(watched).toEqual({ status: 201, codec: 'video/AV1', width: 320, height: 240 });
    const { ticket } = (await installation.api.expect(201, 'POST', `/live/${ID}/ticket`)) as {
      ticket: string;
    };
    const film = `${installation.api.base}/live/${ID}/stream.mp4?ticket=${ticket}`;
    const listing = await outputOf('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-xerror', '-i', film, '-map', '0:v', '-frames:v', '25'],
      ...['-f', 'framemd5', '-'],
    ]);
    const pictures = listing
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('0,'));
    expect(new Set(pictures.map((line) => line.split(',').at(-1))).size).toBeGreaterThan(20);
    await stop(published);
    await left();
  });

  it('takes a picture from GStreamer’s webrtcbin, and serves what it publishes by RTSP', async () => {
    await using client = await gstreamer();
    await live();
    const { tracks } = await stream();
    expect(tracks).toMatchObject([{ codec: 'h264', width: 640, height: 360 }, { codec: 'opus' }]);
    const listing = await outputOf('ffmpeg', [
      ...['-v', 'error', '-rtsp_transport', 'tcp', '-t', '4'],
      ...['-i', `rtsp://x:${installation.token}@127.0.0.1:${installation.ports.rtsp}/${ID}`],
      ...['-map', '0:v', '-f', 'framemd5', '-'],
    ]);
    const pictures = listing
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('0,'));
    expect(pictures.length).toBeGreaterThan(80);
    expect(new Set(pictures.map((line) => line.split(',').at(-1))).size).toBeGreaterThan(80);
    await client.stop(5_000);
    await left();
  });
});

describe('WHIP is refused', () => {
  it('without the stream’s own key', async () => {
    const offer = 'v=0';
    for (const bearer of ['wrong', installation.token]) {
      const answer = await signal(`/whip/${ID}`, bearer, offer);
      expect([answer.status, answer.answer]).toEqual([401, expect.stringContaining('takes no such key')]);
    }
    expect((await signal('/whip/nobody', key, offer)).status).toBe(404);
    const bare = await fetch(`${installation.api.base}/whip/${ID}`, {
      method: 'POST',
      headers: SDP,
      body: 'v=0',
    });
    expect(bare.status).toBe(401);
  });

  it('with an offer that is none, or has nothing that can be used', async () => {
    expect(await signal(`/whip/${ID}`, key, 'hello')).toMatchObject({
      status: 400,
      answer: expect.stringContaining('not a session description'),
    });
    const only = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=sendonly\r\n';
    const print = `a=setup:actpass\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
    expect(await signal(`/whip/${ID}`, key, only + print)).toMatchObject({
      status: 422,
      answer: expect.stringContaining('VP8'),
    });
  });

  it('for a second publisher, while the first one goes on', async () => {
    const first = await publish({ sound: false });
    await live();
    const second = await publish({ sound: false });
    expect([second.status, second.answer]).toEqual([409, expect.stringContaining('has a publisher')]);
    await stop(second);
    expect((await facts(first)).state).toBe('connected');
    const patched = await ask(
      'PATCH',
      first.location,
      key,
      {
        'content-type': 'application/trickle-ice-sdpfrag',
        'if-match': first.etag,
      },
      'a=candidate:1 1 udp 1 192.0.2.1 9 typ host',
    );
    expect(patched.status).toBe(204);
    expect((await ask('DELETE', `${first.location}x`, key)).status).toBe(404);
    expect((await ask('DELETE', first.location, key)).status).toBe(200);
    const over = async () => ['disconnected', 'failed', 'closed'].includes((await facts(first)).state);
    await eventually('the browser to notice', over, { timeoutMs: 15_000 });
    await left();
    await stop(first);
  });

  it('from when the key is another one', async () => {
    const former = key;
    const published = await publish({ sound: false });
    await live();
    key = await publishKey('POST');
    const over = async () => ['disconnected', 'failed', 'closed'].includes((await facts(published)).state);
    await eventually('the publisher to be sent away', over, { timeoutMs: 15_000 });
    expect((await signal(`/whip/${ID}`, former, 'v=0')).status).toBe(401);
    await stop(published);
    const again = await publish({ sound: false });
    await live();
    await stop(again);
    await left();
  });
});

/** webrtcbin with libnice, OpenSSL and libsrtp; it makes no key frame unless asked. */
function gstreamer(): Promise<Program> {
  return Program.start({
    name: 'gstreamer',
    command: '/usr/bin/python3',
    args: [
      fileURLToPath(new URL('./webrtc/gstreamer_publisher.py', import.meta.url)),
      `${installation.api.base}/whip/${ID}`,
      key,
    ],
  });
}
