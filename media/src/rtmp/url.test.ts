import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtmpUrl, targetOf } from './url.ts';

describe('parseRtmpUrl', () => {
  it.each([
    [
      'rtmp://h/live/key',
      { host: 'h', port: 1935, secure: false, app: 'live', name: 'key', tcUrl: 'rtmp://h/live' },
    ],
    [
      'rtmps://h:444/a/b/c?x=1',
      { host: 'h', port: 444, secure: true, app: 'a/b', name: 'c?x=1', tcUrl: 'rtmps://h:444/a/b' },
    ],
    ['rtmps://h/a/b', { host: 'h', port: 443, secure: true, app: 'a', name: 'b', tcUrl: 'rtmps://h/a' }],
    [
      'rtmp://[fd00::1]/bcs/channel0_main.bcs?channel=0&stream=0&user=u&password=p',
      {
        host: 'fd00::1',
        port: 1935,
        secure: false,
        app: 'bcs',
        name: 'channel0_main.bcs?channel=0&stream=0&user=u&password=p',
        tcUrl: 'rtmp://[fd00::1]/bcs',
      },
    ],
    [
      'rtmp://u:p@h/live/key',
      { host: 'h', port: 1935, secure: false, app: 'live', name: 'key', tcUrl: 'rtmp://h/live' },
    ],
    [
      'rtmp://h/live',
      { host: 'h', port: 1935, secure: false, app: 'live', name: '', tcUrl: 'rtmp://h/live' },
    ],
  ])('%s', (text, url) => {
    expect(parseRtmpUrl(text)).toEqual(url);
  });

  it.each(['http://h/live', 'rtmp://', 'rtmp://h', 'rtmp://h:0/a', 'rtmp://h:70000/a', 'rtmp://fd00::1/a/b'])(
    'not %s',
    (text) => expect(parseRtmpUrl(text)).toBeUndefined(),
  );
});

describe('quirk 64: what connect and publish name together', () => {
  it.each([
    ['live', 'key', 'key', {}],
    ['live', 'key?user=u&pass=p', 'key', { user: 'u', pass: 'p' }],
    ['live', 'key&x=1', 'key', { x: '1' }],
    ['live?key=k', 'yard', 'yard', { key: 'k' }],
    ['live/key', '', 'key', {}],
    ['key', '', 'key', {}],
    ['live/', '/key/', 'key', {}],
    ['live', 'mp4:key', 'key', {}],
    ['live', 'k%20y', 'k y', {}],
    ['live', '100%', '100%', {}],
    ['other', 'key', 'other/key', {}],
    ['live', 'live', 'live', {}],
  ])('%s and %s are %s', (app, name, path, query) => {
    const target = targetOf(app, name);
    expect(target?.path).toBe(path);
    expect(Object.fromEntries(target?.query ?? [])).toEqual(query);
  });

  it.each([
    ['x'.repeat(4097), 'key'],
    ['live', 'k\u0000y'],
    ['live', 'k\u00e9y'],
  ])('refuses %j and %j', (app, name) => {
    expect(targetOf(app, name)).toBeUndefined();
  });
});

it('100,000 generated addresses never throw, and what is read has a host and a port', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, name) => {
      const url = parseRtmpUrl(`rtmp://${text}`);
      targetOf(text, name);
      return !url || (url.host !== '' && url.port > 0);
    }),
    { seed: 66, numRuns: 100_000 },
  );
  expect(parseRtmpUrl('rtmp://h/a')).toBeDefined();
});
