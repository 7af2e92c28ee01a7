import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embedCredentials, liftCredentials } from './camera-url.ts';

describe('liftCredentials', () => {
  it.each([
    ['rtsp://192.168.1.20:554/stream1', 'rtsp://192.168.1.20:554/stream1', '', ''],
    ['  rtsp://admin:secret@cam/1 ', 'rtsp://cam/1', 'admin', 'secret'],
    ['rtsp://admin@cam', 'rtsp://cam', 'admin', ''],
    ['rtsp://admin:p%40ss%3A@cam/1', 'rtsp://cam/1', 'admin', 'p@ss:'],
    ['rtsp://admin:p@ss@cam/1', 'rtsp://cam/1', 'admin', 'p@ss'],
    ['rtsp://admin:pa#ss@cam/1', 'rtsp://cam/1', 'admin', 'pa#ss'],
    ['rtsp://admin:100%@cam/1', 'rtsp://cam/1', 'admin', '100%'],
    ['rtsp://cam/mail@home?u=a@b', 'rtsp://cam/mail@home?u=a@b', '', ''],
    ['RTSPS://a:b@cam/', 'RTSPS://cam/', 'a', 'b'],
    ['admin:secret@cam', 'admin:secret@cam', '', ''],
    ['', '', '', ''],
  ])('%s', (text, url, username, password) => {
    expect(liftCredentials(text)).toEqual({ url, username, password });
  });
});

describe('embedCredentials', () => {
  it.each([
    ['rtsp://cam/1', '', '', 'rtsp://cam/1'],
    ['rtsp://cam/1', 'admin', '', 'rtsp://admin@cam/1'],
    ['rtsp://cam/1', 'admin', 'a/b?c#d@e:f g%', 'rtsp://admin:a%2Fb%3Fc%23d%40e%3Af%20g%25@cam/1'],
    ['rtsp://old:word@cam/1', 'new', 'pass', 'rtsp://new:pass@cam/1'],
    ['rtsp://old:w@rd@cam/1', '', '', 'rtsp://old:w%40rd@cam/1'],
    ['rtsp://cam/1', "$&$'", 'x', "rtsp://%24%26%24':x@cam/1"],
  ])('%s with %s and %s', (url, username, password, expected) => {
    expect(embedCredentials({ url, username, password })).toBe(expected);
  });

  it('loses nothing of any user and password', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme' }),
        (username, password) => {
          const address = { url: 'rtsp://cam:554/a?b=c', username, password };
          const url = embedCredentials(address);
          expect(url).toMatch(/^[\x21-\x7e]+$/);
          expect(liftCredentials(url)).toEqual(address);
        },
      ),
    );
  });
});
