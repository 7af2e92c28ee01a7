import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { linkKeyPath, openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import {
  ConsumeAnswer,
  PartnerConsumerList,
  PartnerStream,
  PartnerStreamHealth,
  PartnerStreamList,
} from '@nightjar/contract/partner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeEngine, TestServer } from '../../testing/index.ts';

const CONSUMER = 'AbCdEfGhIjKlMnOpQrStUv';
const AT = '2098-01-15T10:00:00.000Z';

let server: TestServer;
let engine: FakeEngine;
const asked: { method: string | undefined; url: string | undefined; body: unknown; who: unknown }[] = [];
let refuse: { status: number; message: string } | undefined;

async function door(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = await readFile(linkKeyPath(server.dataDir));
  const ticket = openTicket(key, String(request.headers[TICKET_HEADER]), Date.now() / 1000);
  const body = request.method === 'POST' ? await json(request) : undefined;
  asked.push({ method: request.method, url: request.url, body, who: ticket });
  const answer = (status: number, value?: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(value === undefined ? undefined : JSON.stringify(value));
  };
  if (refuse) return answer(refuse.status, { message: refuse.message });
  const path = (request.url ?? '').replace('/consume/yard', '');
  if (request.url?.startsWith('/live/')) {
    response
      .writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' })
      .end(`#EXTM3U ${request.url}`);
    return;
  }
  if (path === '/rtp-capabilities') return answer(200, { codecs: [], headerExtensions: [] });
  if (request.method === 'POST' && path === '')
    return answer(201, {
      consumer_id: CONSUMER,
      state: 'CONNECTING',
      transport: { id: CONSUMER, iceParameters: { iceLite: true }, iceCandidates: [], dtlsParameters: {} },
      consumers: [
        { id: 'c-v', producerId: 'yard-video', kind: 'video', rtpParameters: { mid: '0' } },
        { id: 'c-a', producerId: 'yard-audio', kind: 'audio', rtpParameters: { mid: '1' } },
      ],
      left_out: [],
    });
  if (request.method === 'GET' && path === '')
    return answer(200, { consumers: ['api_token:environment', 'person:other'].map(consumer) });
  return answer(204);
}

const consumer = (who: string, index: number) => ({
  consumer_id: `${CONSUMER}${index}`,
  ...{ stream_id: 'yard', state: 'CONNECTED', who, created_at: AT, connected_at: AT, closed_at: null },
  ...{ last_seen_at: AT, reason: null, bytes_sent: 5 },
});

beforeAll(async () => {
  server = await TestServer.start({
    config: 'limits: {reads_per_minute: 100000, writes_per_minute: 100000}',
  });
  await server.listen();
  engine = await FakeEngine.start(server.dataDir, {
    door: (request, response) => void door(request, response),
  });
  await engine.desired();
  await server.expect(201, 'POST', '/v2/streams', {
    camera_id: 'yard',
    source_url: 'rtsp://user:secret@10.0.0.5/x',
  });
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const lives = (id: string, state: 'live' | 'reconnecting' = 'live') =>
  engine.acknowledged(
    engine.fact({
      ...{ kind: 'stream.state', stream_id: id, state, previous: 'ready', at: AT },
      tracks: [{ kind: 'video', codec: 'H264', codec_string: 'avc1.640028', width: 1280, height: 720 }],
    }),
  );

describe('streams of partners', () => {
  test('are those of every surface; what is secret is not shown', async () => {
    const made = PartnerStream.parse(
      await server.expect(201, 'POST', '/v2/streams', { source_url: 'rtsp://user:secret@10.0.0.6/x' }),
    );
    expect(made.id).toMatch(/^cam-[0-9a-f]{8}$/);
    expect(made).toMatchObject({
      camera_id: made.id,
      state: 'INITIALIZING',
      producer: null,
      consumer_count: 0,
    });
    expect(made.source_url).not.toContain('secret');
    expect((await server.call('GET', `/api/streams/${made.id}`)).status).toBe(200);
    await server.expect(204, 'DELETE', `/v2/streams/${made.id}`);
    expect((await server.call('GET', `/api/streams/${made.id}`)).status).toBe(404);
  });

  test.each([
    [{ camera_id: 'yard', source_url: 'rtsp://10.0.0.5/x' }, 409],
    [{ camera_id: 'a/b', source_url: 'rtsp://10.0.0.5/x' }, 422],
    [{ camera_id: 'b', source_url: 'rtsp://127.0.0.1/x' }, 400],
    [{ camera_id: 'b' }, 422],
    [{ camera_id: 'b', source_url: 'rtsp://10.0.0.5/x', surprise: 1 }, 422],
  ])('%j is refused with %i in words of S4', async (body, status) => {
    const answer = await server.call('POST', '/v2/streams', body);
    expect([answer.status, Object.keys(answer.body as object)]).toEqual([status, ['detail']]);
  });

  test('are listed by state, camera and page', async () => {
    await lives('yard');
    const list = async (query: string) =>
      PartnerStreamList.parse(await server.expect(200, 'GET', `/v2/streams${query}`));
    expect(await list('?state=LIVE&camera_id=yard')).toMatchObject({
      streams: [{ id: 'yard', state: 'LIVE', producer: { state: 'ACTIVE', tracks: [{ kind: 'video' }] } }],
      ...{ total: 1, limit: 50, offset: 0 },
    });
    expect((await list('?state=ERROR')).streams).toEqual([]);
    expect(await list('?page=2&page_size=1')).toMatchObject({ streams: [], total: 1, limit: 1, offset: 1 });
    expect((await server.call('GET', '/v2/streams?state=live')).status).toBe(422);
  });

  test('have a health that is measured or null', async () => {
    await lives('yard');
    const health = async () =>
      PartnerStreamHealth.parse(await server.expect(200, 'GET', '/v2/streams/yard/health'));
    expect(await health()).toMatchObject({ state: 'LIVE', healthy: false, bitrate: null, packet_loss: null });
    engine.send({
      type: 'metrics',
      samples: [
        {
          stream_id: 'yard',
          metrics: {
            bitrate: { current: 4e6, average: 4e6, peak: 5e6 },
            framerate: { current: 25, average: 25, dropped: 0 },
            packets: { received: 990, lost: 10, recovered: 0 },
            ...{ bytes_received: 1e6, viewers: 0, reconnects: 2 },
            errors: { decode: 0, network: 0, total: 0 },
            latency: { pipeline: null, network: null, processing: null },
            ...{ jitter: 0.004, last_key_frame: AT },
          },
        },
      ],
    });
    await expect.poll(async () => (await health()).healthy).toBe(true);
    expect(await health()).toMatchObject({ frame_rate: 25, packet_loss: 0.01, reconnects: 2 });
    expect(await health()).toMatchObject({ jitter: 0.004, last_key_frame_at: AT });
    expect((await server.call('GET', '/v2/streams/nobody/health')).body).toEqual({
      detail: expect.any(String),
    });
  });

  test('have HLS in transport stream segments, and nothing else behind it', async () => {
    const playlist = await server.call('GET', '/v2/streams/yard/hls/playlist.m3u8');
    expect(playlist.text).toBe('#EXTM3U /live/yard/ts/video.m3u8');
    expect((await server.call('GET', '/v2/streams/yard/hls/17.ts')).text).toBe('#EXTM3U /live/yard/ts/17.ts');
    for (const name of ['..%2f17.ts', '%2e%2e', '17.ts%00', 'a.ts', '17.mp4', '17.ts%2f..%2fx.ts'])
      expect([404, 422], name).toContain((await server.call('GET', `/v2/streams/yard/hls/${name}`)).status);
  });
});

describe('consumers', () => {
  const base = '/v2/streams/yard';

  test.each(['rtp_capabilities', 'rtpCapabilities'])(
    'are opened with %s, connected and detached',
    async (name) => {
      await lives('yard');
      asked.length = 0;
      const opened = ConsumeAnswer.parse(
        await server.expect(201, 'POST', `${base}/consume`, { [name]: { codecs: [] } }),
      );
      expect(opened).toMatchObject({
        ...{ consumer_id: CONSUMER, state: 'CONNECTING', producer_id: 'yard-video', kind: 'video' },
        rtp_parameters: { mid: '0' },
      });
      expect(opened.consumers.map(({ kind }) => kind)).toEqual(['video', 'audio']);
      const one = `${base}/consumers/${CONSUMER}`;
      await server.expect(204, 'POST', `${one}/connect`, { dtls_parameters: { fingerprints: [] } });
      await server.expect(204, 'POST', `${one}/ice-candidate`, {
        candidate: 'candidate:1 1 udp 1 10.0.0.1 5 typ host',
      });
      await server.expect(204, 'DELETE', one);
      expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
        'POST /consume/yard',
        `POST /consume/yard/${CONSUMER}/connect`,
        `POST /consume/yard/${CONSUMER}/ice-candidate`,
        `DELETE /consume/yard/${CONSUMER}`,
      ]);
      expect(asked[0]).toMatchObject({
        body: { rtpCapabilities: { codecs: [] } },
        who: { stream_id: 'yard', sub: 'api_token:environment' },
      });
      expect(asked[1]!.body).toEqual({ dtlsParameters: { fingerprints: [] } });
    },
  );

  test('are listed without who they are', async () => {
    const list = PartnerConsumerList.parse(await server.expect(200, 'GET', `${base}/consumers?limit=1`));
    expect(list).toMatchObject({ total: 2, limit: 1, consumers: [{ state: 'CONNECTED', bytes_sent: 5 }] });
    expect(JSON.stringify(list)).not.toContain('environment');
    expect(await server.expect(200, 'GET', `${base}/rtp-capabilities`)).toEqual({
      codecs: [],
      headerExtensions: [],
    });
  });

  test('of a stream that is not live are refused', async () => {
    await lives('yard', 'reconnecting');
    const answer = await server.call('POST', `${base}/consume`, { rtp_capabilities: {} });
    expect([answer.status, answer.body]).toEqual([409, { detail: 'Stream is not live (RECONNECTING)' }]);
    await lives('yard');
  });

  test.each([
    [400, 400, 'rtpCapabilities: no codec'],
    [404, 404, 'no such session'],
    [422, 422, 'the picture has B-frames'],
    [503, 503, 'too many sessions'],
  ])('the engine’s %i is the caller’s %i, in its words', async (status, expected, message) => {
    refuse = { status, message };
    const answer = await server.call('POST', `${base}/consume`, { rtp_capabilities: {} });
    refuse = undefined;
    expect([answer.status, answer.body]).toEqual([expected, { detail: message }]);
  });

  test.each([
    [`${base}/consume`, {}],
    [`${base}/consume`, { rtp_capabilities: {}, rtpCapabilities: {} }],
    [`${base}/consumers/${CONSUMER}/connect`, { dtls_parameters: 'x' }],
    [`${base}/consumers/${CONSUMER}/ice-candidate`, { candidate: 5 }],
  ])('%s with %j: 422 that lists the fields', async (path, body) => {
    const answer = await server.call('POST', path, body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ detail: [{ loc: expect.any(Array), msg: expect.any(String) }] });
  });
});
