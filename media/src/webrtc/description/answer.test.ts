import { describe, expect, it } from 'vitest';
import { type AnswerFacts, formatAnswer, formatCandidate, hostCandidates, type Offer } from './index.ts';

const media = (mid: string, kind: string): Offer['media'][number] => ({
  ...{ mid, kind, protocol: 'UDP/TLS/RTP/SAVPF', rejected: false, direction: 'recvonly' as const },
  ...{ codecs: [], formats: ['96', '97'], extensions: new Map() },
});
const OFFER: Offer = {
  media: [media('0', 'video'), media('1', 'audio'), media('2', 'application')],
  fingerprints: [],
};
const codec = {
  payloadType: 96,
  name: 'H264',
  clockRate: 90_000,
  channels: 1,
  fmtp: 'x=1',
  feedback: ['nack'],
};
const FACTS: AnswerFacts = {
  sessionId: '7',
  ice: { ufrag: 'uuuu', password: 'pppp' },
  fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
  candidates: hostCandidates(['192.168.1.5', 'fd00::1'], { udp: 8189, tcp: 8190 }),
  accepted: [
    {
      ...{ mid: '0', direction: 'sendonly', extensions: [{ uri: 'urn:x', id: 5 }] },
      codecs: [codec, { ...codec, payloadType: 97, name: 'rtx', fmtp: 'apt=96', feedback: [] }],
      source: { ssrc: 1, rtxSsrc: 2, cname: 'c', streamId: 's', trackId: 't' },
    },
  ],
  reasons: new Map([['audio', 'no aac\r\na=evil']]),
};

describe('an answer', () => {
  const answer = formatAnswer(OFFER, FACTS);
  const [head, video, audio, application] = answer.split(/(?=^m=)/m);

  it('is ICE-lite, in one bundle of what is accepted, in lines of CR LF', () => {
    expect(head).toContain('a=ice-lite\r\na=group:BUNDLE 0\r\n');
    expect(answer.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
  });

  it('waits for the handshake and names the primary source before its repair', () => {
    expect(video).toMatch(/^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r\n/);
    expect(video).toContain('a=setup:passive\r\n');
    expect(video).toContain(
      'a=ssrc-group:FID 1 2\r\na=ssrc:1 cname:c\r\na=ssrc:1 msid:s t\r\na=ssrc:2 cname:c\r\n',
    );
    expect(video).toContain('a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n');
    expect(video).toContain('a=extmap:5 urn:x\r\na=sendonly\r\n');
  });

  it('refuses every other section, with the reason in a line of its own', () => {
    expect(audio).toBe(
      'm=audio 0 UDP/TLS/RTP/SAVPF 96\r\ni=no aac  a=evil\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=inactive\r\n',
    );
    expect(application).toMatch(/^m=application 0 .*\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=inactive\r\n$/);
  });

  it('gives every address over UDP, then over TCP, by falling priority', () => {
    expect(FACTS.candidates.map(formatCandidate)).toEqual([
      'candidate:udp0 1 udp 2130706431 192.168.1.5 8189 typ host',
      'candidate:udp1 1 udp 2130702079 fd00::1 8189 typ host',
      'candidate:tcp0 1 tcp 2122317823 192.168.1.5 8190 typ host tcptype passive',
      'candidate:tcp1 1 tcp 2122313471 fd00::1 8190 typ host tcptype passive',
    ]);
  });
});
