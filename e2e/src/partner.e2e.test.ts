import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  eventually,
  Installation,
  outputOf,
  runCommand,
  SyntheticCameras,
} from './harness/index.ts';
import { mediasoupBundle } from './webrtc/bundles.ts';
import {
  type ConsumedFacts,
  type Consuming,
  closeTransport,
  consumedFacts,
  consumeInPage,
} from './webrtc/mediasoup-in-page.ts';

const ID = 'yard';

let cameras: SyntheticCameras;
let installation: Installation;
let token: string;

/** What a third party does with nothing but the address and its credentials. */
async function partner(method: string, path: string, body?: unknown) {
  const response = await fetch(`${installation.api.base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  const { client_id, client_secret } = (await installation.api.expect(201, 'POST', '/v2/auth/clients', {
    name: 'Ruth AI',
    client_id: 'ruth-ai-client',
    scopes: ['streams:read', 'streams:write'],
  })) as { client_id: string; client_secret: string };
  const command = ['-s', '-X', 'POST', `${installation.api.base}/v2/auth/token`];
  const json = ['-H', 'Content-Type: application/json', '-d', JSON.stringify({ client_id, client_secret })];
  token = (JSON.parse(String(await outputOf('curl', [...command, ...json]))) as { access_token: string })
    .access_token;
  expect((await partner('POST', '/v2/streams', { camera_id: ID, source_url: cameras.urls[0]! })).status).toBe(
    201,
  );
  const live = async () =>
    ((await partner('GET', `/v2/streams/${ID}`)).body as { state: string }).state === 'LIVE';
  await eventually('the stream to be LIVE', live, { timeoutMs: 15_000 });
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

describe('a partner', () => {
  it('plays by unmodified mediasoup-client through the HTTP API, over UDP and over TCP alone', async () => {
    await using browser = await Browser.start();
    await browser.page.goto(`${installation.api.base}/health`);
    // The paths of `consumeInPage` are those behind the stream.
    await browser.page.exposeFunction('door', (method: string, path: string, body?: unknown) => {
      const base = `/v2/streams/${ID}`;
      if (path === '/rtp-capabilities') return partner(method, `${base}${path}`);
      if (path === '') return partner(method, `${base}/consume`, body);
      return partner(method, `${base}/consumers${path}`, body);
    });
    await browser.page.evaluate(await mediasoupBundle());
    for (const only of ['udp', 'tcp'] as const) {
      const consuming = (await browser.page.evaluate(consumeInPage as never, only as never)) as Consuming;
      console.log(`over ${only}: picture ${consuming.toPictureMs.toFixed(0)} ms after consume`);
      expect(consuming.kinds).toContain('video');
      const look = async () => (await browser.page.evaluate(consumedFacts as never)) as ConsumedFacts;
      await eventually('25 pictures', async () => (await look()).frames >= 25, { timeoutMs: 10_000 });
      // A page that is busy says it late.
      await eventually(`it to say ${only}`, async () => (await look()).protocol === only, {
        timeoutMs: 5_000,
      });
      const consumer = async () => {
        const { consumers } = (await partner('GET', `/v2/streams/${ID}/consumers`)).body as {
          consumers: { id: string; state: string }[];
        };
        return consumers.find(({ id }) => id === consuming.consumerId)?.state;
      };
      expect(await consumer()).toBe('CONNECTED');
      const detached = await partner('DELETE', `/v2/streams/${ID}/consumers/${consuming.consumerId}`);
      expect(detached.status).toBe(204);
      await eventually('it to be CLOSED', async () => (await consumer()) === 'CLOSED', { timeoutMs: 5_000 });
      await browser.page.evaluate(closeTransport as never);
    }
  });

  it('plays HLS with its token in ffmpeg; without it nothing is served', async () => {
    const url = `${installation.api.base}/v2/streams/${ID}/hls/playlist.m3u8`;
    const play = (headers: string[]) =>
      runCommand('ffmpeg', [
        ...['-nostdin', '-loglevel', 'error', ...headers, '-i', url],
        ...['-t', '2', '-f', 'null', '-'],
      ]);
    const { code, stderr } = await play(['-headers', `Authorization: Bearer ${token}\r\n`]);
    expect([code, stderr]).toEqual([0, '']);
    expect((await play([])).code).not.toBe(0);
    expect((await fetch(url)).status).toBe(401);
  });

  it('is told how the stream is, and may remove it', async () => {
    const health = async () =>
      (await partner('GET', `/v2/streams/${ID}/health`)).body as Record<string, unknown>;
    await eventually('measured health', async () => (await health())['healthy'] === true, {
      timeoutMs: 10_000,
    });
    expect(await health()).toMatchObject({
      state: 'LIVE',
      packets_lost: 0,
      viewer_count: expect.any(Number),
    });
    expect((await partner('DELETE', `/v2/streams/${ID}`)).status).toBe(204);
    expect((await partner('GET', `/v2/streams/${ID}`)).status).toBe(404);
  });
});
