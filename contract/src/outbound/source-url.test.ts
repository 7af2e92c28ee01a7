import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSourceUrl, RTSP_PROTOCOLS, redactUrls, usualPorts } from './source-url.ts';

describe('parseSourceUrl takes apart', () => {
  test.each([
    [
      'rtsp://camera.local:554/stream',
      { host: 'camera.local', port: 554, url: 'rtsp://camera.local:554/stream' },
    ],
    ['rtsp://camera.local/a?b=c', { host: 'camera.local', port: 554, url: 'rtsp://camera.local/a?b=c' }],
    ['rtsp://camera.local', { host: 'camera.local', port: 554, url: 'rtsp://camera.local' }],
    ['RTSP://Camera.Local:8554/X', { host: 'camera.local', port: 8554, url: 'rtsp://camera.local:8554/X' }],
    ['rtsp://[fd00::1]:8554/x', { host: 'fd00::1', port: 8554, url: 'rtsp://[fd00::1]:8554/x' }],
    ['rtsp://10.0.0.5/x@y', { host: '10.0.0.5', port: 554, url: 'rtsp://10.0.0.5/x@y' }],
  ])('%s', (text, source) => {
    expect(parseSourceUrl(text)).toEqual({ ok: true, source: { protocol: 'rtsp', ...source } });
  });

  test.each([
    ['rtsps://camera.local/x', 322, 'rtsps://camera.local/x'],
    ['RTSPS://camera.local:7441/x', 7441, 'rtsps://camera.local:7441/x'],
  ])('%s, which is RTSP inside TLS', (text, port, url) => {
    const source = { protocol: 'rtsps', host: 'camera.local', port, url };
    expect(parseSourceUrl(text)).toEqual({ ok: true, source });
  });

  test.each([
    ['rtsp://admin:pw@10.0.0.5/x', 'admin', 'pw'],
    ['rtsp://admin:p%40ss%3A@10.0.0.5/x', 'admin', 'p@ss:'],
    ['rtsp://admin:p@ss@10.0.0.5/x', 'admin', 'p@ss'],
    ['rtsp://admin:a:b@10.0.0.5/x', 'admin', 'a:b'],
    ['rtsp://admin:100%@10.0.0.5/x', 'admin', '100%'],
    ['rtsp://admin:@10.0.0.5/x', 'admin', ''],
    ['rtsp://admin@10.0.0.5/x', 'admin', undefined],
    ['rtsp://@10.0.0.5/x', undefined, undefined],
  ])('credentials of %s', (text, username, password) => {
    const parsed = parseSourceUrl(text);
    if (!parsed.ok) throw new Error(parsed.message);
    expect(parsed.source.url).toBe('rtsp://10.0.0.5/x');
    expect(parsed.source.username).toBe(username);
    expect(parsed.source.password).toBe(password);
  });
});

test.each([
  ['rtmp://10.0.0.5/live/key', 1935, [1935]],
  ['rtmps://10.0.0.5/live/key', 443, [443]],
  ['http://10.0.0.5/flv?a=b', 80, [80]],
  ['https://10.0.0.5:8443/x', 8443, [443]],
  ['rtsp://10.0.0.5/x', 554, []],
])('%s: port %i, usual %j', (text, port, usual) => {
  const parsed = parseSourceUrl(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const { source } = parsed;
  expect([source.url, source.port, usualPorts(source.protocol)]).toEqual([text, port, usual]);
  const camera = parseSourceUrl(text, RTSP_PROTOCOLS);
  expect(camera.ok).toBe(source.protocol === 'rtsp');
});

describe('parseSourceUrl refuses', () => {
  test.each([
    ['', 'begin with rtsp://'],
    ['camera.local', 'begin with rtsp://'],
    ['rtsp:/camera', 'begin with rtsp://'],
    ['ftp://camera/x', 'only rtsp'],
    ['srt://camera/x', 'only rtsp'],
    ['mms://camera/x', 'only rtsp, rtsps, rtmp, rtmps, http, https'],
    ['file:///etc/passwd', 'only rtsp'],
    ['rtsp://', 'host and port'],
    ['rtsp:///x', 'host and port'],
    ['rtsp://camera:/x', 'host and port'],
    ['rtsp://camera:0/x', 'host and port'],
    ['rtsp://camera:70000/x', 'host and port'],
    ['rtsp://camera:554:554/x', 'host and port'],
    ['rtsp://fd00::1/x', 'host and port'],
    ['rtsp://[fe80::1%25eth0]/x', 'host and port'],
    ['rtsp://[fd00::1/x', 'host and port'],
    ['rtsp://admin:a/b@camera/x', 'host and port'],
    ['rtsp://camera/a#b', '%23'],
    ['rtsp://camera/a b', 'printable ASCII'],
    ['rtsp://camera\\@10.0.0.1/', 'printable ASCII'],
    ['rtsp://camera/\r\nX: y', 'printable ASCII'],
    ['rtsp://камера/x', 'printable ASCII'],
    [`rtsp://camera/${'x'.repeat(2048)}`, 'longer than'],
  ])('%j', (text, message) => {
    const parsed = parseSourceUrl(text);
    expect(parsed).toMatchObject({ ok: false });
    if (!parsed.ok) expect(parsed.message).toContain(message);
  });
});

test('no text makes it throw, and what passes is stable and has no user part', () => {
  fc.assert(
    fc.property(
      fc.string().map((s) => `rtsp://${s}`),
      (text) => {
        const first = parseSourceUrl(text);
        if (!first.ok) return true;
        const again = parseSourceUrl(first.source.url);
        return again.ok && again.source.url === first.source.url && again.source.username === undefined;
      },
    ),
  );
});

const WORD = fc.stringMatching(/^[a-zA-Z0-9!$*+,.~-]{6,20}$/);

test('any password that was taken apart is hidden in any text around it', () => {
  fc.assert(
    fc.property(WORD, WORD, (user, password) => {
      const text = `cannot open rtsp://${user}:${password}@camera.local:554/x?password=${password}: timeout`;
      const shown = redactUrls(text);
      return !shown.includes(password) && shown.includes('rtsp://***:***@camera.local:554/x');
    }),
  );
});

test.each([
  ['rtsp://camera/x', 'rtsp://camera/x'],
  ['rtsp://a:b@camera/x and rtsp://c:d@other/y', 'rtsp://***:***@camera/x and rtsp://***:***@other/y'],
  ['rtsp://a:b@c@camera/x', 'rtsp://***:***@camera/x'],
  ['rtsp://c/user=admin&password=s3cret&channel=1', 'rtsp://c/user=admin&password=***&channel=1'],
  ['rtsp://c/user=admin_password=s3cret_channel=1', 'rtsp://c/user=admin_password=***'],
  ['mail me@example.org', 'mail me@example.org'],
])('redactUrls %s', (text, shown) => expect(redactUrls(text)).toBe(shown));

test.each([
  'a'.repeat(1_000_000),
  'a://'.repeat(250_000),
  `a://${'b'.repeat(1_000_000)}`,
  '?key='.repeat(200_000),
])('redactUrls takes linear time on a hostile text', (text) => {
  const before = performance.now();
  redactUrls(text);
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('quirk 16: RTSP inside a WebSocket is refused, and what is read instead is named', () => {
  for (const scheme of ['ws', 'wss']) {
    expect(parseSourceUrl(`${scheme}://10.0.0.5/rtsp-over-websocket`)).toEqual({
      ok: false,
      message: expect.stringMatching(/^only rtsp, rtsps, .* sources are supported/),
    });
  }
});
