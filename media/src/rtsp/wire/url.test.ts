import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRtspUrl, parseRtspUrl } from './url.ts';

describe('parseRtspUrl', () => {
  it.each<[string, string, ReturnType<typeof parseRtspUrl>]>([
    ['plain', 'rtsp://cam.lan/a/b', { secure: false, host: 'cam.lan', port: 554, path: '/a/b' }],
    [
      'port and query',
      'RTSP://10.0.0.9:8554/a?b=c&d=1',
      { secure: false, host: '10.0.0.9', port: 8554, path: '/a?b=c&d=1' },
    ],
    ['TLS', 'rtsps://cam:7441/x', { secure: true, host: 'cam', port: 7441, path: '/x' }],
    ['TLS default port', 'rtsps://cam/x', { secure: true, host: 'cam', port: 322, path: '/x' }],
    ['no path', 'rtsp://cam', { secure: false, host: 'cam', port: 554, path: '' }],
    ['query without path', 'rtsp://cam?x=1', { secure: false, host: 'cam', port: 554, path: '?x=1' }],
    ['empty port', 'rtsp://cam:/x', { secure: false, host: 'cam', port: 554, path: '/x' }],
    ['IPv6', 'rtsp://[fe80::1]:554/x', { secure: false, host: 'fe80::1', port: 554, path: '/x' }],
    [
      'space and umlaut',
      ' rtsp://cam/a b/ü%20 ',
      { secure: false, host: 'cam', port: 554, path: '/a%20b/%C3%BC%20' },
    ],
    ['fragment dropped', 'rtsp://cam/a#media=video', { secure: false, host: 'cam', port: 554, path: '/a' }],
  ])('%s', (_name, text, expected) => {
    expect(parseRtspUrl(text)).toEqual(expected);
  });

  it.each([
    ['quirk 5: percent-encoded credentials', 'rtsp://ad%40min:p%3A%2Fw@cam/x', 'ad@min', 'p:/w'],
    ['quirk 5: credentials that are not encoded', 'rtsp://admin:p@ss%w%zz@cam/x', 'admin', 'p@ss%w%zz'],
    ['colon in the password', 'rtsp://admin:a:b@cam/x', 'admin', 'a:b'],
    ['no password', 'rtsp://admin@cam/x', 'admin', ''],
    ['empty user', 'rtsp://:x@cam/x', '', 'x'],
    ['a broken sequence next to a good one', 'rtsp://a:%41%ff@cam/x', 'a', 'A%ff'],
  ])('%s', (_name, text, username, password) => {
    const url = parseRtspUrl(text)!;
    expect(url.credentials).toEqual({ username, password });
    expect(formatRtspUrl(url)).toBe('rtsp://cam/x');
  });

  it.each([
    '',
    'http://cam/x',
    'rtsp:/cam/x',
    'rtsp://',
    'rtsp:///x',
    'rtsp://cam:0/x',
    'rtsp://cam:65536/x',
    'rtsp://cam:port/x',
    'rtsp://[::1/x',
    'rtsp://[cam]/x',
    'rtsp://::1/x',
    'rtsp://ca m/x',
    'rtsp://-cam/x',
    'rtsp://cam/a\r\nX: y',
    'rtsp://cam/\u007f',
    'rtsp://user:pa/ss@cam/x',
    `rtsp://cam/${'x'.repeat(5000)}`,
  ])('refuses %j', (text) => {
    expect(parseRtspUrl(text)).toBeUndefined();
  });

  it('formats what it reads, and survives any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((rest) => `rtsp://cam/${rest}`),
      fc
        .array(fc.constantFrom('rtsp://', 'rtsps://', '@', ':', '/', '[', ']', '?', '%', '1', 'a', '.'))
        .map((p) => p.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const url = parseRtspUrl(given);
        if (!url) return;
        const { credentials: _, ...bare } = url;
        expect(formatRtspUrl(url)).toMatch(/^rtsps?:\/\/[\x21-\x7e]+$/);
        expect(parseRtspUrl(formatRtspUrl(url))).toEqual(bare);
      }),
      { seed: 554, numRuns: 10_000 },
    );
  });
});
