import { interleaved } from '../../../rtsp/testing/scripted-camera.ts';
import { AAC, H264, h264Parts } from '../film.ts';
import { type Behaviour, type Outcome, type Quirk, quirk, type Send } from '../quirk.ts';
import { eachSend, eachShot, rtpPacket } from '../shots.ts';

const udp = (behaviour: Behaviour): Behaviour => ({ transports: ['udp'], ...behaviour });
const track = (asked: string): number => Number(/interleaved=(\d+)/.exec(asked)?.[1] ?? 0) / 2;
const raw = (at: number, bytes: Buffer): Send => ({ at, track: 0, kind: 'raw', bytes });
const stray = (payload = 'nobody asked for this') =>
  rtpPacket({ marker: false, payloadType: 96, sequence: 7, timestamp: 7, track: 99 }, Buffer.from(payload));

const channels: readonly Quirk[] = [
  quirk(28, 'other channels than asked for', {
    transport: (asked) => `RTP/AVP/TCP;unicast;interleaved=${6 + 2 * track(asked)}-${7 + 2 * track(asked)}`,
  }),
  quirk(28, 'a single channel', {
    transport: (asked) => `RTP/AVP/TCP;unicast;interleaved=${4 + 2 * track(asked)}`,
  }),
  quirk(28, 'RTP/AVP where TCP is meant', { transport: (asked) => asked.replace('RTP/AVP/TCP', 'RTP/AVP') }),
  quirk(28, 'no channels at all', { transport: () => 'RTP/AVP/TCP;unicast' }),
  quirk(28, 'the same channels for both tracks', {
    transport: () => 'RTP/AVP/TCP;unicast;interleaved=0-1',
    film: [H264],
  }),
];

const ports: readonly Quirk[] = [
  quirk(29, 'no server_port', udp({ transport: (asked) => asked })),
  quirk(29, 'server_port 0', udp({ transport: (asked) => `${asked};server_port=0-0` })),
  quirk(
    29,
    'another server_port than it sends from',
    udp({ transport: (asked) => `${asked};server_port=9-10` }),
  ),
  quirk(
    29,
    'host names for source and destination',
    udp({
      transport: (asked, [a, b]) => `${asked};source=cam.local;destination=nvr;server_port=${a}-${b}`,
    }),
  ),
  quirk(
    30,
    'a source written with spaces',
    udp({
      transport: (asked, [a, b]) => `ssrc= 1 F;${asked};server_port=${a}-${b}`,
    }),
  ),
];

/** Another source and other numbers from the first key frame after `ms` on. */
function otherSource(ms: number): Behaviour {
  let changed = false;
  return {
    sends: eachSend((send) => {
      if (send.kind !== 'rtp') return [send];
      changed ||= send.at >= ms;
      if (!changed) return [send];
      const bytes = Buffer.from(send.bytes);
      bytes.writeUInt32BE(0xabcd + send.track, 8);
      bytes.writeUInt16BE((bytes.readUInt16BE(2) + 30_000) & 0xffff, 2);
      return [{ ...send, bytes }];
    }),
  };
}

const withInfo = (info: string): Behaviour => ({
  answer: (answer, { method }) => (method === 'PLAY' ? { ...answer, headers: [['RTP-Info', info]] } : answer),
});

const sources: readonly Quirk[] = [
  quirk(30, 'another source in mid-stream', () => otherSource(200), { lossy: true, watchMs: 600 }),
  quirk(
    31,
    'a trailing semicolon, times that are no numbers',
    withInfo('url=trackID=0;seq=5;rtptime=3221227x;,url=trackID=1;seq=9;'),
  ),
  quirk(
    31,
    'made-up positions',
    withInfo('url=trackID=0;seq=0;rtptime=0,url=trackID=1;seq=1;rtptime=3999999999'),
  ),
  quirk(32, 'packets on channels never set up', {
    sends: eachSend((send) => [
      raw(send.at, interleaved(9, stray())),
      raw(send.at, interleaved(200, stray())),
      send,
    ]),
  }),
  quirk(32, 'packets before PLAY is answered', {
    answer: (answer, { method, write }) => {
      if (method === 'PLAY') write(interleaved(7, stray()));
      return answer;
    },
  }),
  quirk(33, 'the session before leaks into this one', () => ({
    answer: (answer, { method, count }) =>
      method === 'SETUP' && count === 2 ? { ...answer, behind: interleaved(0, stray()) } : answer,
    sends: eachSend((send) => [send, { ...send, track: 0, kind: 'rtp', bytes: stray() }]),
  })),
  quirk(
    34,
    'garbage between packets',
    {
      sends: eachSend((send) => [raw(send.at, Buffer.from([1, 2, 3, 0x24, 9, 0xff])), send]),
    },
    { lossy: true },
  ),
  quirk(34, 'empty payloads in between', {
    shots: eachShot((shot) => ({
      ...shot,
      parts: shot.parts.flatMap((part) => [{ bytes: Buffer.alloc(0), marker: false }, part]),
    })),
  }),
  quirk(
    34,
    'datagrams of 10 kB',
    udp({
      shots: eachShot((shot) => (shot.track === 0 ? { ...shot, parts: large(shot.frame.units) } : shot)),
    }),
  ),
];

/** Single NAL unit packets as far as a datagram goes. */
function large(units: readonly Buffer[]) {
  return units.every((unit) => unit.length < 16_000)
    ? units.map((bytes, index) => ({ bytes, marker: index === units.length - 1 }))
    : h264Parts({ units, key: false, stored: Buffer.alloc(0) });
}

const onlyOver = (word: RegExp, status: number): Behaviour => ({
  answer: (answer, { method, header }) =>
    method === 'SETUP' && !word.test(header('transport') ?? '') ? { status } : answer,
});
const TWO_SESSIONS: Outcome = {
  looks: ({ sessions }) => (sessions === 2 ? undefined : `${sessions} sessions`),
};

const reports: readonly Quirk[] = [
  quirk(35, 'reports that break off or lie about their length', {
    sends: eachSend((send) =>
      send.kind === 'rtcp'
        ? [
            { ...send, bytes: Buffer.from('80c8ffff00000001', 'hex') },
            { ...send, bytes: Buffer.from('80c80006000000', 'hex') },
            send,
          ]
        : [send],
    ),
  }),
  quirk(35, 'reports of a source that does not exist', {
    sends: eachSend((send) => {
      if (send.kind !== 'rtcp') return [send];
      const bytes = Buffer.from(send.bytes);
      bytes.writeUInt32BE(0xdead, 4);
      bytes.writeUInt32BE(123_456_789, 16);
      return [{ ...send, bytes }, send];
    }),
  }),
  quirk(36, 'UDP only: TCP is refused with 461', onlyOver(/client_port/, 461), TWO_SESSIONS),
  quirk(
    36,
    'TCP only: UDP is refused with 461',
    {
      ...onlyOver(/interleaved/, 461),
      transports: ['udp', 'tcp'],
    },
    TWO_SESSIONS,
  ),
  quirk(
    36,
    'TCP is what it answers to UDP',
    udp({ transport: () => 'RTP/AVP/TCP;unicast;interleaved=0-1', film: [H264] }),
  ),
  quirk(
    36,
    'H.264 in packetization mode 0 over UDP',
    udp({
      film: [
        {
          ...H264,
          sdp: H264.sdp.map((line) => line.replace('packetization-mode=1', 'packetization-mode=0')),
        },
        AAC,
      ],
      shots: eachShot((shot) => (shot.track === 0 ? { ...shot, parts: large(shot.frame.units) } : shot)),
    }),
  ),
];

export const transportQuirks: readonly Quirk[] = [...channels, ...ports, ...sources, ...reports];
