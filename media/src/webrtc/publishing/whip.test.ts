import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { hostCandidates, OfferError } from '../description/index.ts';
import { alice, NOW, ours } from '../testing/dtls-pair.ts';
import { TestPeer } from '../testing/test-peer.ts';
import { Mux } from '../transport/index.ts';
import { answerWhip, NothingToReceiveError, type PublishingEvents } from './index.ts';

const offers = Object.fromEntries(
  ['chromium-156', 'gstreamer-1.22'].map((name) => [
    name,
    readFileSync(new URL(`../../../testdata/webrtc/${name}-publish.sdp`, import.meta.url), 'utf8'),
  ]),
);
const { 'chromium-156': chromium = '', 'gstreamer-1.22': gstreamer = '' } = offers;

function publisher() {
  const clock = new FakeClock({ utc: NOW });
  const mux = new Mux({ clock });
  const seen = {
    connected: 0,
    rtp: [] as string[],
    reports: [] as number[],
    ends: [] as string[],
    wake: (): void => undefined,
  };
  const note = () => seen.wake();
  const events: PublishingEvents = {
    onConnected: () => {
      seen.connected++;
    },
    onRtp: (track, b) => {
      seen.rtp.push(`${track}:${b.readUInt16BE(2)}`);
      note();
    },
    onReport: (track) => {
      seen.reports.push(track);
      note();
    },
    onEnd: (end) => {
      seen.ends.push(end);
      note();
    },
  };
  const answer = (offer: string) =>
    answerWhip(
      { offer, candidates: hostCandidates(['192.0.2.9'], { udp: 8189, tcp: 8189 }), events },
      { mux, identity: ours, clock, random32: () => 77 },
    );
  const until = async (is: () => boolean) => {
    while (!is()) await new Promise<void>((resolve) => Object.assign(seen, { wake: resolve }));
  };
  return { clock, mux, seen, answer, until };
}

/** Of the answer's sections the lines that begin with one of `names`. */
function linesOf(answer: string, ...names: string[]): string[][] {
  const sections = answer.split(/^(?=m=)/m).slice(1);
  return sections.map((one) =>
    one.split('\r\n').filter((line) => names.some((name) => line.startsWith(name))),
  );
}

describe('an offer to publish', () => {
  it('of Chromium is answered with H.264, its repair, and Opus', () => {
    const { answer, tracks, publishing } = publisher().answer(chromium);
    expect(tracks.map(({ kind, encodingName, payloadType }) => [kind, encodingName, payloadType])).toEqual([
      ['video', 'H264', 102],
      ['audio', 'opus', 111],
    ]);
    expect(
      linesOf(answer, 'm=', 'a=recvonly', 'a=setup', 'a=fmtp', 'a=rtpmap', 'a=rtcp-fb', 'a=extmap'),
    ).toEqual([
      [
        'm=audio 9 UDP/TLS/RTP/SAVPF 111',
        'a=setup:passive',
        'a=recvonly',
        'a=rtpmap:111 opus/48000/2',
        'a=fmtp:111 minptime=10;useinbandfec=1',
      ],
      [
        'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
        'a=setup:passive',
        'a=recvonly',
        'a=rtpmap:102 H264/90000',
        'a=rtcp-fb:102 goog-remb',
        'a=rtcp-fb:102 nack',
        'a=rtcp-fb:102 nack pli',
        'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=420034',
        'a=rtpmap:103 rtx/90000',
        'a=fmtp:103 apt=102',
      ],
    ]);
    expect(answer).toContain(`a=ice-ufrag:${publishing.transport.ice.ufrag}\r\n`);
    expect(answer).toContain('a=candidate:udp0 1 udp 2130706431 192.0.2.9 8189 typ host\r\n');
  });

  it('of GStreamer is answered without what it says of its own stream', () => {
    const { answer, tracks } = publisher().answer(gstreamer);
    expect(tracks.map(({ encodingName, payloadType }) => [encodingName, payloadType])).toEqual([
      ['H264', 100],
      ['OPUS', 101],
    ]);
    expect(tracks[0]!.fmtp.get('sprop-parameter-sets')).toContain('Z0LAHtoC');
    expect(answer).not.toContain('sprop');
    expect(linesOf(answer, 'a=fmtp')).toEqual([
      [
        'a=fmtp:100 packetization-mode=1;profile-level-id=42c034;level-asymmetry-allowed=1',
        'a=fmtp:96 apt=100',
      ],
      [],
    ]);
  });

  const refused: [
    string,
    (offer: string) => string,
    typeof OfferError | typeof NothingToReceiveError,
    RegExp,
  ][] = [
    [
      'that only wants to receive',
      (o) => o.replaceAll('a=sendonly', 'a=recvonly'),
      NothingToReceiveError,
      /no media/,
    ],
    [
      'of other codecs',
      (o) => o.replaceAll('H264', 'VP8'),
      NothingToReceiveError,
      /video codecs offered.*VP8/,
    ],
    [
      'of other sound',
      (o) => o.replace(/OPUS/, 'SPEEX'),
      NothingToReceiveError,
      /audio codecs offered.*SPEEX/,
    ],
    ['without SRTP', (o) => o.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP'), NothingToReceiveError, /no media/],
    ['that is to be called', (o) => o.replaceAll('setup:actpass', 'setup:passive'), OfferError, /passive/],
    ['without a certificate', (o) => o.replaceAll(/a=fingerprint.*/g, 'a=x'), OfferError, /fingerprint/],
    ['that is none', () => 'GET / HTTP/1.1', OfferError, /not a session description/],
  ];
  it.each(refused)('%s is refused, and nothing is left of it', (_, change, error, message) => {
    const { answer, mux, clock } = publisher();
    expect(() => answer(change(gstreamer))).toThrow(error);
    expect(() => answer(change(gstreamer))).toThrow(message);
    expect([mux.size, clock.pending]).toEqual([0, 0]);
  });
});

it('a publisher connects, and its packets come out in order with its reports', async () => {
  const { mux, seen, answer, clock, until } = publisher();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  mux.udp(socket);
  const print = `a=fingerprint:sha-256 ${alice.fingerprint.value}`;
  const { publishing } = answer(gstreamer.replaceAll(/a=fingerprint.*/g, print));
  const where = { protocol: 'udp', host: '127.0.0.1', port: socket.address().port } as const;
  await using peer = await TestPeer.open({ ...where, identity: alice, ice: publishing.transport.ice });
  await peer.connect();
  const packet = (type: number, sequence: number): Buffer => {
    const b = Buffer.alloc(12, 1);
    b[0] = 0x80;
    b[1] = type;
    b.writeUInt16BE(sequence, 2);
    return b;
  };
  for (const sequence of [1, 3, 2]) peer.sendRtp(packet(100, sequence), Buffer.from('picture'));
  peer.sendRtp(packet(101, 9), Buffer.from('sound'));
  await until(() => seen.rtp.length === 4);
  expect(seen.rtp).toEqual(['0:1', '0:2', '0:3', '1:9']);
  publishing.refresh();
  await peer.until(() => peer.rtcp.length > 0);
  expect(peer.rtcp[0]!.subarray(0, 2)).toEqual(Buffer.from([0x81, 206]));
  expect(publishing.figures).toMatchObject({ packets: 4, lost: 0 });
  publishing.close();
  expect(seen.ends).toEqual(['closed']);
  expect(clock.pending).toBe(0);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});
