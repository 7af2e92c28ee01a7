import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { ConsumerList, ConsumerOpened, signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { systemClock } from '@nightjar/media/stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDoor } from '../door/index.ts';
import { fileStore, Playback } from '../playback/index.ts';
import { Publishers } from '../sources/index.ts';
import {
  desiredState,
  desiredStream,
  type Publisher,
  StreamsRig,
  until,
  videoTrack,
} from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { PeerPortError, WebRtc } from './index.ts';

const KEY = Buffer.alloc(32, 3);
const OFFER = readFileSync(
  new URL('../../../media/testdata/webrtc/chromium-156.sdp', import.meta.url),
  'utf8',
);
const SDP = { 'content-type': 'application/sdp' };
const PRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const CAPABILITIES = {
  codecs: [
    {
      ...{ kind: 'video', mimeType: 'video/H264', preferredPayloadType: 104, clockRate: 90_000 },
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e034' },
      rtcpFeedback: [{ type: 'nack' }, { type: 'transport-cc' }],
    },
    {
      ...{ kind: 'video', mimeType: 'video/rtx', preferredPayloadType: 105, clockRate: 90_000 },
      parameters: { apt: 104 },
    },
  ],
  headerExtensions: [],
};

let rig: StreamsRig;
let source: Publisher;
let viewers: Viewers;
let webrtc: WebRtc;
let door: Server;
let base: string;

const settings = { port: 0, host: '127.0.0.1', announced: [] };

/** With the viewers and the log of whichever test runs. */
function newWebRtc(port = 0): WebRtc {
  return new WebRtc({
    settings: { ...settings, port },
    viewers: { open: (request) => viewers.open(request) },
    publishers: new Publishers(),
    told: (fact) => void rig.facts.push(fact),
    clock: systemClock,
    log: {
      info: (...line) => rig.log.info(...line),
      warn: (...line) => rig.log.warn(...line),
      error: (...line) => rig.log.error(...line),
    },
  });
}

beforeAll(async () => {
  webrtc = newWebRtc();
  await webrtc.start();
});

afterAll(() => webrtc.close());

beforeEach(async () => {
  rig = new StreamsRig();
  rig.registry.apply(desiredState([desiredStream('cam'), desiredStream('off', { running: false })]));
  await rig.registry.settled();
  viewers = new Viewers({
    ...{ clock: rig.clock, log: rig.log, allowed: async (_id: string, proof: string) => proof !== 'void' },
    fact: (fact) => void rig.facts.push(fact),
  });
  const playback = new Playback({ store: fileStore, folder: () => undefined });
  const stream = (id: string) => rig.registry.get(id);
  const one = { of: () => webrtc, list: (id: string) => webrtc.peers.list(id) };
  door = createDoor({ key: KEY, clock: systemClock, stream, playback, viewers, webrtc: one, log: rig.log });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  base = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  source = rig.cameraLive();
  source.play(1.5);
});

afterEach(async () => {
  viewers.close();
  source.close();
  await rig.registry.close();
  door.closeAllConnections();
  door.close();
  expect(rig.pool.held).toBe(0);
});

interface Ask {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  sub?: string;
  grant?: string;
}

function ask(path: string, { method = 'POST', body, headers = {}, sub = 'person:1', grant }: Ask = {}) {
  const stream_id = path.split(/[/?]/)[2]!;
  const exp = Math.floor(Date.now() / 1000) + 30;
  const ticket = signTicket(KEY, { stream_id, exp, sub, address: '127.0.0.1', ...(grant ? { grant } : {}) });
  return fetch(`${base}${path}`, {
    ...{ method, headers: { [TICKET_HEADER]: ticket, ...headers } },
    ...(body === undefined ? {} : { body }),
  });
}

const offer = (id = 'cam', more: Ask = {}) => ask(`/whep/${id}`, { body: OFFER, headers: SDP, ...more });
const consume = () => ask('/consume/cam', { body: JSON.stringify({ rtpCapabilities: CAPABILITIES }) });
const post = (path: string, value: unknown) => ask(path, { body: JSON.stringify(value) });
const counts = () => (webrtc.running ? webrtc.peers.counts : { sessions: 0, feeds: 0 });
const closings = () => rig.facts.flatMap((fact) => (fact.kind === 'viewer.closed' ? [fact.reason] : []));

describe('WHEP at the door', () => {
  it('answers an offer with where to connect, and counts who watches', async () => {
    const response = await offer();
    const answer = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([201, 'application/sdp']);
    expect(response.headers.get('location')).toMatch(/^\/whep\/cam\/[\w-]{22}$/);
    expect(response.headers.get('etag')).toMatch(/^"[\w-]{16}"$/);
    expect(answer).toContain(`a=candidate:udp0 1 udp 2130706431 127.0.0.1 ${webrtc.port} typ host\r\n`);
    expect(answer).toContain(` tcp 2122317823 127.0.0.1 ${webrtc.port} typ host tcptype passive\r\n`);
    expect(answer).toMatch(/m=video 9 UDP\/TLS\/RTP\/SAVPF 108 109\r\n/);
    // AAC cannot be carried.
    expect(answer).toMatch(/m=audio 0 UDP\/TLS\/RTP\/SAVPF \d+\r\ni=the peer takes no aac like this/);
    expect(answer.indexOf('a=ssrc-group:FID')).toBeGreaterThan(0);
    expect(counts()).toEqual({ sessions: 1, feeds: 1 });
    expect(viewers.facts).toMatchObject([{ protocol: 'webrtc', who: 'person:1', stream_id: 'cam' }]);
  });

  it('ends a session for who made it, and frees the stream with the last one', async () => {
    const [one, two] = [(await offer()).headers.get('location')!, (await offer()).headers.get('location')!];
    expect((await ask(one, { method: 'DELETE', sub: 'person:2' })).status).toBe(404);
    expect((await ask(one, { method: 'DELETE' })).status).toBe(200);
    expect(counts()).toEqual({ sessions: 1, feeds: 1 });
    expect((await ask(two, { method: 'DELETE' })).status).toBe(200);
    expect(counts()).toEqual({ sessions: 0, feeds: 0 });
    expect([closings(), viewers.facts]).toEqual([['left', 'left'], []]);
    expect(rig.registry.get('cam')!.media.readerCount).toBe(1);
  });

  it('takes candidates and does not need them', async () => {
    const response = await offer();
    const location = response.headers.get('location')!;
    const patch = (match: string | undefined, body: string, type = 'application/trickle-ice-sdpfrag') =>
      ask(location, {
        ...{ method: 'PATCH', body },
        headers: { 'content-type': type, ...(match === undefined ? {} : { 'if-match': match }) },
      });
    const etag = response.headers.get('etag')!;
    const candidate = 'a=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n';
    expect((await patch(etag, candidate)).status).toBe(204);
    expect((await patch(undefined, candidate)).status).toBe(428);
    expect((await patch('"other"', candidate)).status).toBe(412);
    expect((await patch('*', 'a=ice-ufrag:abcd\r\na=ice-pwd:x\r\n')).status).toBe(422);
    expect((await patch(etag, candidate, 'text/plain')).status).toBe(415);
  });

  it.each([
    ['no offer', () => offer('cam', { body: 'hello' }), 400, 'not a session description'],
    [
      'another type',
      () => offer('cam', { headers: { 'content-type': 'text/plain' } }),
      415,
      'application/sdp',
    ],
    ['a body without end', () => offer('cam', { body: 'x'.repeat(70_000) }), 413, 'longer than'],
    ['a stream that is not there', () => offer('nobody'), 404, 'no such stream'],
    ['another method', () => ask('/whep/cam', { method: 'GET' }), 405, 'only POST'],
    ['a session that is not there', () => ask('/whep/cam/abc', { method: 'DELETE' }), 404, 'no such session'],
    ['a delay of nonsense', () => ask('/whep/cam?playout_delay=x', { headers: SDP }), 400, 'playout_delay'],
    ['no codec in common', () => offer('cam', { body: OFFER.replace(/H264/g, 'VP7') }), 422, 'no h264'],
    ['a passive peer', () => offer('cam', { body: OFFER.replace(/actpass/g, 'passive') }), 400, 'willing'],
  ])('refuses %s with the reason', async (_what, request, status, reason) => {
    const response = await request();
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(reason)]);
    expect(counts()).toEqual({ sessions: 0, feeds: 0 });
  });

  it('refuses whoever has no ticket for the stream', async () => {
    const response = await fetch(`${base}/whep/cam`, { method: 'POST', body: OFFER, headers: SDP });
    expect(response.status).toBe(401);
  });

  it('refuses a stream with B-frames with the reason and the ways that work', async () => {
    const track = videoTrack();
    const reordering = { ...track, format: { ...track.format, maxReorderFrames: undefined } };
    source.setTracks([{ ...reordering } as typeof track]);
    const video = source.video!;
    const at = rig.clock.monotonic() / 1000;
    source.frame(video, at, { pts: at });
    source.frame(video, at + 0.04, { key: false, pts: at + 0.12 });
    source.frame(video, at + 0.08, { key: false, pts: at + 0.04 });
    const response = await offer();
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringMatching(/B-frames.*MSE or HLS/),
    ]);
  });

  it('keeps no more than 64 sessions for one caller whom nobody connects to', async () => {
    const all = await Promise.all(Array.from({ length: 70 }, () => offer().then(({ status }) => status)));
    expect(all.filter((status) => status === 201)).toHaveLength(64);
    expect(all.filter((status) => status === 503)).toHaveLength(6);
    expect((await offer('cam', { sub: 'person:2' })).status).toBe(201);
  });

  it('lets go of who loses the right to watch', async () => {
    await offer('cam', { grant: 'void' });
    expect(counts().sessions).toBe(1);
    rig.clock.advance(4_000);
    await until(() => counts().sessions === 0);
    expect(closings()).toEqual(['right_ended']);
  });

  it('ends its sessions with the stream', async () => {
    await offer();
    rig.registry.apply(desiredState([]));
    await rig.registry.settled();
    expect(counts()).toEqual({ sessions: 0, feeds: 0 });
    expect(closings()).toEqual(['stream_removed']);
  });
});

describe('the consume flow at the door', () => {
  it('tells what a device must know', async () => {
    const response = await ask('/consume/cam/rtp-capabilities', { method: 'GET' });
    const { codecs } = (await response.json()) as { codecs: { mimeType: string }[] };
    expect(new Set(codecs.map(({ mimeType }) => mimeType))).toEqual(
      new Set([
        'audio/opus',
        'audio/PCMU',
        'audio/PCMA',
        'audio/G722',
        'video/H264',
        'video/rtx',
        'video/H265',
      ]),
    );
  });

  it('makes a transport with consumers, from CONNECTING to CLOSED', async () => {
    const response = await consume();
    const opened = ConsumerOpened.parse(await response.json());
    expect([response.status, opened.state]).toEqual([201, 'CONNECTING']);
    const { transport, consumers, consumer_id: id } = opened;
    expect(transport.iceParameters).toMatchObject({ iceLite: true });
    expect(transport.iceCandidates[0]).toMatchObject({
      ...{ ip: '127.0.0.1', address: '127.0.0.1', port: webrtc.port, protocol: 'udp', type: 'host' },
    });
    expect(transport.dtlsParameters).toMatchObject({
      role: 'auto',
      fingerprints: [{ algorithm: 'sha-256' }],
    });
    expect(consumers).toMatchObject([
      {
        ...{ kind: 'video', producerId: 'cam-video' },
        rtpParameters: {
          codecs: [
            { mimeType: 'video/H264', payloadType: 104, rtcpFeedback: [{ type: 'nack' }] },
            { mimeType: 'video/rtx', payloadType: 105, parameters: { apt: 104 } },
          ],
        },
      },
    ]);
    expect(opened.left_out).toEqual([{ codec: 'aac', reason: expect.stringContaining('no aac') }]);
    const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: PRINT }] };
    expect((await post(`/consume/cam/${id}/connect`, { dtlsParameters })).status).toBe(204);
    const again = await post(`/consume/cam/${id}/connect`, { dtlsParameters });
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('connects already')]);
    const candidate = { candidate: 'candidate:1 1 udp 1 10.0.0.1 9 typ host' };
    expect((await post(`/consume/cam/${id}/ice-candidate`, { candidate })).status).toBe(204);
    expect((await ask(`/consume/cam/${id}`, { method: 'DELETE' })).status).toBe(204);
    const list = ConsumerList.parse(await (await ask('/consume/cam', { method: 'GET' })).json());
    expect(list.consumers).toMatchObject([{ consumer_id: id, state: 'CLOSED', reason: 'the client left' }]);
    const told = rig.facts.filter(({ kind }) => kind === 'consumer.state');
    expect(told).toMatchObject([
      { consumer_id: id, stream_id: 'cam', state: 'CLOSED', reason: 'the client left' },
    ]);
    expect((await post(`/consume/cam/${id}/connect`, { dtlsParameters })).status).toBe(404);
  });

  it.each([
    ['no JSON', '/consume/cam', 'x', 400, 'not JSON'],
    ['no capabilities', '/consume/cam', '{}', 400, 'rtpCapabilities'],
    ['capabilities of nothing', '/consume/cam', '{"rtpCapabilities":{"codecs":[]}}', 422, 'no h264'],
    ['a consumer that is not there', '/consume/cam/abc/connect', '{}', 404, 'no such session'],
    ['another path', '/consume/cam/abc/pause', '{}', 404, 'no such path'],
  ])('refuses %s with the reason', async (_what, path, body, status, reason) => {
    const response = await ask(path, { body });
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(reason)]);
  });

  it('refuses a client that waits for the handshake, and hashes nobody trusts', async () => {
    const { consumer_id } = ConsumerOpened.parse(await (await consume()).json());
    const path = `/consume/cam/${consumer_id}/connect`;
    const fingerprints = [{ algorithm: 'sha-1', value: PRINT }];
    expect((await post(path, { dtlsParameters: { role: 'server', fingerprints } })).status).toBe(400);
    expect((await post(path, { dtlsParameters: { role: 'client', fingerprints } })).status).toBe(400);
  });
});

describe('the worker', () => {
  it('begins with the first peer, on the port that was told before', async () => {
    const second = newWebRtc();
    await second.start();
    const { port } = second;
    expect([port > 0, second.running]).toEqual([true, false]);
    await Promise.all([second.awake(), second.awake()]);
    expect([second.port, second.running, second.peers.counts.sessions]).toEqual([port, true, 0]);
    await second.hush();
    const free = createTcpServer().listen(port, '127.0.0.1');
    await once(free, 'listening');
    free.close();
    await second.close();
  });

  it('is made anew when it dies, on the same port, and its sessions are told so', async () => {
    await offer();
    const { port } = webrtc;
    const before = webrtc.peers;
    webrtc.kill();
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['failed']);
    await until(() => webrtc.running && webrtc.peers !== before);
    expect(webrtc.port).toBe(port);
    expect((await offer()).status).toBe(201);
    expect(rig.log.lines.map(({ msg }) => msg)).toContain('the WebRTC worker ended; it is started again');
  });

  it('says which port is taken', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const error = await newWebRtc(port)
      .start()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PeerPortError);
    expect(error).toMatchObject({ code: 'EADDRINUSE', port });
    taken.close();
  });
});
