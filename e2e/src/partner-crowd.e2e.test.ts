import { ConsumeAnswer, PartnerConsumerList } from '@nightjar/contract/partner';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, Installation, SyntheticCameras } from './harness/index.ts';
import { ForeignPeer } from './webrtc/foreign-peer.ts';

const ID = 'yard';
const CONSUMERS = 100;
/** Handshakes at a time. */
const TOGETHER = 10;

const CAPABILITIES = {
  codecs: [
    {
      ...{ kind: 'video', mimeType: 'video/H264', preferredPayloadType: 102, clockRate: 90_000 },
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
    },
  ],
  headerExtensions: [],
};

let cameras: SyntheticCameras;
let installation: Installation;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  await installation.api.addStream({ id: ID, source_url: cameras.urls[0]! });
  const live = async () => (await installation.api.stream(ID)).status === 'active';
  await eventually('the camera to be live', live, { timeoutMs: 15_000 });
});
afterAll(async () => {
  await ForeignPeer.release();
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

/** The server's side as a peer would have answered by SDP (RFC 8829): it is ICE-lite and waits for the handshake. */
function answerOf({ transport, rtp_parameters }: ReturnType<typeof ConsumeAnswer.parse>): string {
  const ice = transport.iceParameters as { usernameFragment: string; password: string };
  const { fingerprints } = transport.dtlsParameters as {
    fingerprints: { algorithm: string; value: string }[];
  };
  const hash = fingerprints.find(({ algorithm }) => algorithm === 'sha-256')!.value;
  const { codecs } = rtp_parameters as { codecs: { payloadType: number }[] };
  const type = codecs[0]!.payloadType;
  const candidates = transport.iceCandidates as {
    foundation: string;
    protocol: string;
    priority: number;
    ip: string;
    port: number;
  }[];
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite', 'a=group:BUNDLE 0'],
    ...[`m=video 9 UDP/TLS/RTP/SAVPF ${type}`, 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendonly', 'a=rtcp-mux'],
    ...[`a=ice-ufrag:${ice.usernameFragment}`, `a=ice-pwd:${ice.password}`],
    ...[`a=fingerprint:sha-256 ${hash}`, 'a=setup:passive', `a=rtpmap:${type} H264/90000`],
    ...candidates
      .filter(({ protocol }) => protocol === 'udp')
      .map(
        (each) => `a=candidate:${each.foundation} 1 udp ${each.priority} ${each.ip} ${each.port} typ host`,
      ),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

async function consumer(): Promise<{ id: string; peer: ForeignPeer }> {
  const { api } = installation;
  const peer = await ForeignPeer.start();
  const value = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(await peer.offer)![1]!;
  const body = { rtp_capabilities: CAPABILITIES };
  const opened = ConsumeAnswer.parse(await api.expect(201, 'POST', `/v2/streams/${ID}/consume`, body));
  peer.answer(answerOf(opened));
  await api.expect(204, 'POST', `/v2/streams/${ID}/consumers/${opened.consumer_id}/connect`, {
    dtls_parameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] },
  });
  return { id: opened.consumer_id, peer };
}

async function states(): Promise<Record<string, number>> {
  const list = await installation.api.expect(200, 'GET', `/v2/streams/${ID}/consumers?limit=100`);
  const counts: Record<string, number> = {};
  for (const { state } of PartnerConsumerList.parse(list).consumers) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

it('a hundred consumers of one stream are sent its picture, listed as connected, and closed one by one', async () => {
  await using peers = new AsyncDisposableStack();
  const all: { id: string; peer: ForeignPeer }[] = [];
  while (all.length < CONSUMERS) {
    const some = await Promise.all(Array.from({ length: TOGETHER }, consumer));
    for (const each of some) {
      peers.use(each.peer);
      all.push(each);
    }
  }
  const flows = () => all.every(({ peer }) => peer.packets > 25);
  await eventually('packets at each of them', flows, { timeoutMs: 30_000 });
  await eventually('a hundred to be connected', async () => (await states())['CONNECTED'] === CONSUMERS, {
    timeoutMs: 10_000,
  });
  const before = all.map(({ peer }) => peer.packets);
  await eventually('more packets at each', () => all.every(({ peer }, i) => peer.packets > before[i]! + 25), {
    timeoutMs: 30_000,
  });
  for (const { id } of all) await installation.api.expect(204, 'DELETE', `/v2/streams/${ID}/consumers/${id}`);
  await eventually('nobody to be connected', async () => (await states())['CONNECTED'] === undefined, {
    timeoutMs: 10_000,
  });
  expect(await states()).toEqual({ CLOSED: CONSUMERS });
});
