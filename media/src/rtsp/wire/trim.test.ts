import { describe, expect, it } from 'vitest';
import { parseSdp } from '../../sdp/index.ts';
import { parseAuth } from '../auth/challenge.ts';
import { parseTarget } from '../server/target.ts';
import { baseUrl, controlUrls } from './control.ts';
import { parseRtpInfo, parseSession, parseTransports } from './headers.ts';
import { parseHead } from './message.ts';
import { trimEnd } from './trim.ts';
import { parseRtspUrl } from './url.ts';

describe('trimEnd', () => {
  it.each([
    ['', '/', ''],
    ['a', '/', 'a'],
    ['//a//', '/', '//a'],
    ['///', '/', ''],
    ['a;, ;', ';, ', 'a'],
  ])('%j without %j', (text, chars, expected) => {
    expect(trimEnd(text, chars)).toBe(expected);
  });
});

describe('long runs take linear time', () => {
  const base = parseRtspUrl('rtsp://cam/a')!;
  const parsers: readonly [string, (text: string) => unknown][] = [
    ['SDP line', (text) => parseSdp(`a=x${text}y\nm=video ${text} 0`)],
    ['SDP rtpmap', (text) => parseSdp(`m=video 0 RTP/AVP 96\na=rtpmap:96 ${text}`)],
    ['head', (text) => parseHead(`RTSP/1.0 200 ${text}\r\nX: ${text}y\r\n`)],
    ['authentication', (text) => parseAuth([`Digest ${text}`, `Digest realm="${text}`])],
    ['RTP-Info', (text) => parseRtpInfo(`url=${text}x`)],
    ['Session', (text) => parseSession(`x${text}y`)],
    ['Transport', (text) => parseTransports(`interleaved=1${text}x`)],
    ['request address', (text) => parseTarget(`/x${text}y?z${text}y`)],
    ['base and control', (text) => controlUrls(baseUrl(base, `${text}x`), `${text}x`)],
    ['address', (text) => parseRtspUrl(`rtsp://${text}`)],
  ];
  it.each(parsers)('%s', (_name, parse) => {
    for (const unit of [
      ' ',
      '/',
      ',',
      ';',
      '=',
      '\r',
      '\t',
      '"',
      '\\',
      '\\"',
      'a',
      'a ',
      'a,',
      'a=',
      'rtsp://',
      '%',
      '?',
      '1 ',
      ', ',
    ]) {
      const text = unit.repeat(Math.floor(200_000 / unit.length));
      const began = performance.now();
      parse(text);
      // Quadratic time would be many seconds.
      expect(performance.now() - began, JSON.stringify(unit)).toBeLessThan(1000);
    }
  });
});
