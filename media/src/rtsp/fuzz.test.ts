import { describe, expect, it, vi } from 'vitest';
import { FUZZ_LIMIT_MS, fuzz } from '../testing/fuzz/index.ts';
import { parseAuth } from './auth/challenge.ts';
import { RtspError } from './errors.ts';
import { matchRtpInfo } from './rtp-info.ts';
import { interleaved, rtpPacket } from './testing/scripted-camera.ts';
import { baseUrl, controlUrls } from './wire/control.ts';
import { parseMethods, parsePorts, parseRtpInfo, parseSession, parseTransports } from './wire/headers.ts';
import { formatRequest, formatResponse } from './wire/message.ts';
import { WireReader } from './wire/reader.ts';
import { formatRtspUrl, parseRtspUrl } from './wire/url.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

const FLAT = 32 * 1024 * 1024;
const isTyped = (error: unknown) => error instanceof RtspError;
const texts = (...list: string[]) => list.map((text) => Buffer.from(text, 'latin1'));
const fine = { broken: [], slow: [] };

const MESSAGES = [
  formatRequest('OPTIONS', 'rtsp://h/live', [['CSeq', '1']]),
  formatRequest('SETUP', 'rtsp://h/live/trackID=0', [
    ['CSeq', '3'],
    ['Transport', 'RTP/AVP/TCP;unicast;interleaved=0-1'],
  ]),
  formatRequest('ANNOUNCE', 'rtsp://h/live', [['CSeq', '2']], 'v=0\r\nm=video 0 RTP/AVP 96\r\n'),
  formatResponse(200, [['CSeq', '4']], 'v=0\r\ns=x\r\n'),
  formatResponse(401, [
    ['WWW-Authenticate', 'Digest realm="a", nonce="b", algorithm=SHA-256, qop="auth,auth-int"'],
  ]),
  interleaved(0, rtpPacket(1, 60)),
];
const MESSAGE_PIECES = texts(
  '\r\n',
  '\r\n\r\n',
  '$',
  '$\0\0\x0c',
  'RTSP/1.0',
  'Content-Length: ',
  '99999999',
  ': ',
  '\0',
  ' ',
);

describe('100,000 inputs end in a typed error or are read, at once and with flat memory', () => {
  it.each([true, false])('the bytes of an RTSP connection, strict: %s', (strict) => {
    const sink = { packet: () => undefined, message: () => undefined };
    const report = fuzz({
      examples: [...MESSAGES, Buffer.concat(MESSAGES)],
      pieces: MESSAGE_PIECES,
      isTyped,
      take: (input, random) => {
        const reader = new WireReader(sink, { peer: 'h', strict });
        for (let at = 0; at < input.length; ) {
          const part = input.subarray(at, at + 1 + Math.floor(random() * 400));
          reader.read(part, part.length);
          at += part.length;
        }
      },
    });
    expect(report).toMatchObject(fine);
    expect(report.grown).toBeLessThan(FLAT);
    expect(report.refused).toBeGreaterThan(0);
  });

  it('addresses', () => {
    const report = fuzz({
      examples: texts(
        'rtsp://user:p%40ss@192.168.1.2:8554/cam/realmonitor?channel=1&subtype=0',
        'rtsps://[fe80::1]:7441/abc?enableSrtp',
        'rtsp://rtsp://cam/live/',
        '/live/trackID=1',
      ),
      pieces: texts(
        'rtsp://',
        '@',
        ':',
        '[',
        ']',
        '%',
        '%4',
        '?',
        '#',
        '::ffff:',
        '..',
        '\0',
        '\xff',
        '65536',
      ),
      isTyped,
      take: (input) => {
        const text = input.toString('latin1');
        const url = parseRtspUrl(text);
        if (url) expect(parseRtspUrl(formatRtspUrl(url))).toMatchObject({ host: url.host, port: url.port });
        const base = baseUrl({ secure: false, host: 'cam', port: 554, path: '/live' }, text);
        expect([base.host, base.port]).toEqual(['cam', 554]);
        for (const control of controlUrls(base, text))
          expect(
            control.startsWith('rtsp://cam/') ||
              control === 'rtsp://cam' ||
              control.startsWith('rtsp://cam?'),
          ).toBe(true);
      },
    });
    expect(report).toMatchObject({ ...fine, refused: 0 });
    expect(report.grown).toBeLessThan(FLAT);
  });

  it('header fields', () => {
    const report = fuzz({
      examples: texts(
        'RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;ssrc=0A0B0C0D,RTP/AVP/TCP;interleaved=0-1',
        '4711;timeout=60',
        'url=rtsp://h/live/trackID=0;seq=5;rtptime=7,url=rtsp://h/live/trackID=1;seq=9',
        'OPTIONS, DESCRIBE, SETUP, PLAY',
        'Digest realm="a, b", nonce="c\\"d", stale=true, Basic realm="x"',
      ),
      pieces: texts(',', ';', '=', '"', '\\', ', url=', 'interleaved=', 'Digest ', '-', '4294967296'),
      isTyped,
      take: (input) => {
        const text = input.toString('latin1');
        parseTransports(text);
        parsePorts(text);
        parseSession(text);
        parseRtpInfo(text);
        matchRtpInfo(text, ['rtsp://h/live/trackID=0', 'rtsp://h/live/trackID=1']);
        parseMethods([text]);
        parseAuth([text]);
      },
    });
    expect(report).toMatchObject({ ...fine, refused: 0 });
    expect(report.grown).toBeLessThan(FLAT);
  });
});
