import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseUrl, controlUrls } from './control.ts';
import { formatRtspUrl, parseRtspUrl } from './url.ts';

describe('baseUrl', () => {
  const request = 'rtsp://cam:8554/live/main';
  it.each([
    ['absent', undefined, request],
    ['empty', ' ', request],
    ['as asked for', 'rtsp://cam:8554/live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: path only', '/live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: relative without slash', 'live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: scheme-less', '192.168.0.2:554/live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: network path', '//192.168.0.2/live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: scheme doubled', 'rtsp://rtsp://192.168.0.2/live/main/', 'rtsp://cam:8554/live/main/'],
    [
      'quirk 10: IPv6-mapped without brackets',
      'rtsp://::ffff:192.168.0.2/live/main/',
      'rtsp://cam:8554/live/main/',
    ],
    ['quirk 10: IPv6-mapped', 'rtsp://[::ffff:192.168.0.2]:554/live/main/', 'rtsp://cam:8554/live/main/'],
    ['quirk 10: an inner address', 'rtsp://10.1.1.1:554/other/', 'rtsp://cam:8554/other/'],
    ['host only', 'rtsp://10.1.1.1', 'rtsp://cam:8554'],
    ['a broken line', 'rtsp://cam/a\r\nb', 'rtsp://cam:8554/ab'],
    ['a space', 'rtsp://cam/a b/', 'rtsp://cam:8554/a%20b/'],
  ])('%s', (_name, contentBase, expected) => {
    expect(formatRtspUrl(baseUrl(parseRtspUrl(request)!, contentBase))).toBe(expected);
  });
});

describe('controlUrls', () => {
  it.each<[string, string, string | undefined, string[]]>([
    ['relative', 'rtsp://cam/a/', 'trackID=1', ['rtsp://cam/a/trackID=1']],
    ['quirk 10: base without slash', 'rtsp://cam/a', 'trackID=1', ['rtsp://cam/a/trackID=1']],
    ['quirk 10: missing', 'rtsp://cam/a', undefined, ['rtsp://cam/a']],
    ['quirk 10: *', 'rtsp://cam/a/', '*', ['rtsp://cam/a/']],
    ['quirk 10: absolute', 'rtsp://cam/a', 'rtsp://10.0.0.1:554/a/trackID=1', ['rtsp://cam/a/trackID=1']],
    [
      'quirk 10: slash-led',
      'rtsp://cam/a/',
      '/trackID=1',
      ['rtsp://cam/a/trackID=1', 'rtsp://cam/trackID=1'],
    ],
    [
      'quirk 10: slash-led, whole path',
      'rtsp://cam/a/b',
      '/a/b/track1',
      ['rtsp://cam/a/b/track1', 'rtsp://cam/a/b/a/b/track1'],
    ],
    ['quirk 10: query only', 'rtsp://cam/a', '?track=1', ['rtsp://cam/a?track=1']],
    [
      'quirk 10: appended behind the query (Dahua), or before it',
      'rtsp://cam/a?channel=1/',
      'trackID=0',
      ['rtsp://cam/a?channel=1/trackID=0', 'rtsp://cam/a/trackID=0?channel=1'],
    ],
  ])('%s', (_name, base, control, expected) => {
    expect(controlUrls(parseRtspUrl(base)!, control)).toEqual(expected);
  });

  it('never leaves the host of the connection and always makes one request line', () => {
    const base = parseRtspUrl('rtsp://cam:8554/live?x=1')!;
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.webPath().map((path) => `rtsp://evil${path}`),
    );
    fc.assert(
      fc.property(any, any, (contentBase, control) => {
        for (const url of controlUrls(baseUrl(base, contentBase), control)) {
          expect(url).toMatch(/^rtsp:\/\/cam:8554([/?][\x21-\x7e]*)?$/);
        }
      }),
      { seed: 10, numRuns: 5000 },
    );
  });
});
