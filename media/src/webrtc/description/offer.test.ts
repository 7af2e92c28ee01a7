import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../testing/index.ts';
import { OfferError, parseOffer } from './index.ts';

const CHROMIUM = readFileSync(new URL('../../../testdata/webrtc/chromium-156.sdp', import.meta.url), 'utf8');
const PRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0')).join(':');

const sdp = (...lines: string[]): string => ['v=0', ...lines, ''].join('\r\n');
const MEDIA = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 H264/90000', `a=fingerprint:sha-256 ${PRINT}`];

describe('an offer', () => {
  it('of Chromium is read with what an answer needs', () => {
    const { media, fingerprints } = parseOffer(CHROMIUM);
    expect(media.map(({ mid, kind, direction, rejected }) => [mid, kind, direction, rejected])).toEqual([
      ['0', 'video', 'recvonly', false],
      ['1', 'audio', 'recvonly', false],
    ]);
    expect(fingerprints).toHaveLength(1);
    expect(fingerprints[0]!.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const main = media[0]!.codecs.find(({ payloadType }) => payloadType === 116)!;
    expect(main).toMatchObject({ name: 'H264', clockRate: 90_000, channels: 1 });
    expect(main.fmtp.get('profile-level-id')).toBe('4d001f');
    expect(main.feedback).toContain('nack pli');
    expect(media[0]!.extensions.get('http://www.webrtc.org/experiments/rtp-hdrext/playout-delay')).toBe(5);
    const opus = media[1]!.codecs.find(({ name }) => name === 'opus')!;
    expect(opus).toMatchObject({ payloadType: 111, clockRate: 48_000, channels: 2 });
    expect(
      media[1]!.codecs.filter(({ name }) => /^(PCM|G722)/.test(name)).map((one) => one.payloadType),
    ).toEqual([9, 0, 8]);
  });

  it.each([
    ['no session', 'hello', 'not a session description'],
    ['nothing', '', 'not a session description'],
    ['no media', sdp(`a=fingerprint:sha-256 ${PRINT}`), 'no media section'],
    ['no fingerprint', sdp(...MEDIA.slice(0, 2)), 'no certificate fingerprint'],
    ['a weak fingerprint alone', sdp(...MEDIA.slice(0, 2), `a=fingerprint:sha-1 ${PRINT}`), 'no certificate'],
    [
      'a broken fingerprint',
      sdp(...MEDIA.slice(0, 2), 'a=fingerprint:sha-256 xx'),
      'fingerprint cannot be read',
    ],
    ['a peer that waits', sdp('a=setup:passive', ...MEDIA), 'must be willing to begin'],
    ['a held connection', sdp(...MEDIA, 'a=setup:holdconn'), 'must be willing to begin'],
    ['a media line of nonsense', sdp('m=video x'), 'media line cannot be read'],
    ['formats that would break out of a line', sdp('m=video 9 UDP/TLS/RTP/SAVPF 96 a=b'), 'media line'],
    ['a mid with blanks', sdp(...MEDIA, 'a=mid:a b'), 'mid cannot be read'],
    ['one mid for two', sdp(...MEDIA, 'a=mid:v', ...MEDIA, 'a=mid:v'), 'mid comes twice'],
    ['too many sections', sdp(...Array.from({ length: 17 }, () => MEDIA[0]!)), 'more than 16'],
    ['too many formats', sdp(`m=video 9 RTP ${'1 '.repeat(129)}`), 'more than 128'],
    ['a length without end', `v=0\r\n${'a=x\r\n'.repeat(20_000)}`, 'longer than'],
  ])('with %s is refused with the reason', (_what, text, reason) => {
    expect(() => parseOffer(text)).toThrow(OfferError);
    expect(() => parseOffer(text)).toThrow(reason);
  });

  it('takes what is said for the whole session, and knows a rejected section', () => {
    const { media } = parseOffer(
      sdp(
        `a=fingerprint:SHA-256 ${PRINT}`,
        'a=recvonly',
        'm=audio 0 UDP/TLS/RTP/SAVPF 0',
        ...MEDIA,
        'a=sendonly',
      ),
    );
    expect(media.map(({ rejected, direction, mid }) => [rejected, direction, mid])).toEqual([
      [true, 'recvonly', '0'],
      [false, 'sendonly', '1'],
    ]);
    expect(media[0]!.codecs[0]).toMatchObject({ name: 'PCMU', clockRate: 8000 });
  });

  it('broken in 100,000 ways gives an offer or an OfferError, and nothing else', () => {
    const random = seeded(7);
    const below = (limit: number): number => Math.floor(random() * limit);
    const lines = CHROMIUM.split('\r\n');
    let refused = 0;
    for (let round = 0; round < 100_000; round++) {
      const from = below(lines.length);
      const some = ['v=0', ...lines.slice(from, from + 1 + below(24))];
      const at = below(some.length);
      const line = some[at]!;
      const cut = below(line.length + 1);
      some[at] = line.slice(0, cut) + String.fromCharCode(below(256)) + line.slice(cut + below(4));
      try {
        parseOffer(some.join('\r\n'));
      } catch (error) {
        if (!(error instanceof OfferError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(100_000);
  });
});
