import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialled, OnvifDevice } from './device.ts';
import { parseXml } from './soap/parse-xml.ts';
import type { DeviceWays } from './testing/device-ways.ts';
import { connectTo, loopbackHttp, reach } from './testing/loopback.ts';
import { ACCOUNT, SyntheticDevice } from './testing/synthetic-device.ts';

const HOUR = 3_600_000;

/** Everything that is asked of a device on the way to its stream. */
async function known(ways: DeviceWays, account: typeof ACCOUNT | null = ACCOUNT) {
  await using device = await SyntheticDevice.start(ways);
  const onvif = await connectTo(device, { account: account ?? undefined });
  const { model } = await onvif.information();
  const profiles = await onvif.profiles();
  const uri = await onvif.streamUri(profiles[0]!.token);
  return { model, profiles, uri, onvif, asked: device.asked };
}

const PROFILE = {
  token: 'main',
  name: 'Main',
  encoding: 'H264',
  width: 1920,
  height: 1080,
  frameRate: 25,
  bitrate: 4_096_000,
  audio: 'AAC',
  ptz: true,
};
const URI = 'rtsp://10.11.12.13:554/live?channel=1&sub=0';

describe('an ONVIF device', () => {
  it('tells what it is, its profiles and its stream', async () => {
    const { model, profiles, uri, onvif, asked } = await known({});
    expect([model, profiles, uri]).toEqual(['Eye 2', [PROFILE], URI]);
    expect([onvif.clockOffset, onvif.manner]).toEqual([0, 'digest']);
    expect(asked[0]).toBe('GetSystemDateAndTime');
    expect(asked.filter((one) => one.startsWith('!'))).toEqual([]);
  });

  it.each<[string, DeviceWays, number]>([
    ['quirk 65: an hour ahead, and tokens of more than 5 s ago are replays', { clockAheadMs: HOUR }, 3600],
    ['quirk 65: years behind', { clockAheadMs: -20 * 365 * 24 * HOUR }, -20 * 365 * 24 * 3600],
    ['quirk 65: its time is told to who logs in only', { clockGuarded: true }, 0],
    ['quirk 65: it tells local time as UTC, and counts in UTC', { localHours: 5.5 }, 5.5 * 3600],
  ])('%s', async (_name, ways, offset) => {
    const { model, onvif } = await known(ways);
    expect(model).toBe('Eye 2');
    expect(Math.abs(onvif.clockOffset - offset)).toBeLessThan(3);
  });

  it.each<[string, DeviceWays, string]>([
    ['quirk 66: passwords in plain text only', { auth: 'text' }, 'text'],
    ['quirk 66: digest in HTTP instead of the message', { auth: 'http' }, 'http'],
    ['quirk 66: no account at all', { auth: 'none' }, 'digest'],
  ])('%s', async (_name, ways, manner) => {
    const { model, onvif } = await known(ways);
    expect([model, onvif.manner]).toEqual(['Eye 2', manner]);
  });

  it('quirk 66: an anonymous device needs none', async () => {
    const { model, onvif } = await known({ auth: 'none' }, null);
    expect([model, onvif.manner]).toEqual(['Eye 2', 'anonymous']);
  });

  it('quirk 66: a wrong account fails, and the separate one of ONVIF is named', async () => {
    await using device = await SyntheticDevice.start();
    const wrong = { username: 'viewer', password: 'guess' };
    await expect(connectTo(device, { account: wrong })).rejects.toMatchObject({
      fault: 'unauthorized',
      message: expect.stringContaining('separate one for ONVIF'),
    });
    await expect(connectTo(device, { account: undefined })).rejects.toMatchObject({ fault: 'unauthorized' });
  });

  it.each<[string, DeviceWays]>([
    ['quirk 67: other prefixes', { prefix: 'SOAP-ENV-x' }],
    ['quirk 67: default namespaces', { prefix: '' }],
    ['quirk 67: line breaks in texts', { broken: true }],
    ['quirk 67: the media service answers only on its own path', { mediaPath: '/onvif/Media' }],
    ['quirk 67: GetCapabilities only', { old: true }],
    ['quirk 67: it names addresses that cannot be reached', { inner: true }],
  ])('%s', async (_name, ways) => {
    const { model, profiles, uri } = await known(ways);
    expect([model, profiles.map(({ token }) => token), uri]).toEqual(['Eye 2', ['main'], URI]);
  });

  it('quirk 67: the usual ports are tried in turn', async () => {
    const tried: string[] = [];
    const http: typeof loopbackHttp = (request) => {
      tried.push(new URL(request.url).port);
      return loopbackHttp({ ...request, url: request.url.replace(/:\d+/, ':1') });
    };
    await expect(OnvifDevice.connect(reach({ port: 0 }, { port: undefined, http }))).rejects.toMatchObject({
      fault: expect.stringMatching(/unreachable|denied/),
    });
    expect(tried).toEqual(['', '8000', '2020', '8899', '8080']);
  });

  it.each([
    ['http://10.0.0.1/onvif/media', 'http://cam:8000/onvif/media'],
    ['http://10.0.0.1:99/onvif/media?x=1', 'http://cam:8000/onvif/media?x=1'],
    ['\n /onvif/ptz \n', 'http://cam:8000/onvif/ptz'],
    ['javascript:alert(1)', 'http://cam:8000/alert(1)'],
    ['http://', 'http://cam:8000/onvif/device_service'],
  ])('a service at %j is asked at %s', (said, expected) => {
    expect(dialled(said, 'http://cam:8000/onvif/device_service')).toBe(expected);
  });
});

describe('what is no ONVIF device', () => {
  it.each<[string, number, string, string]>([
    ['a web page', 200, '<html><body>hello</body></html>', 'not_onvif'],
    ['nothing at all', 204, '', 'not_onvif'],
    ['another kind of XML', 200, '<Envelope><Body/></Envelope>', 'not_onvif'],
    ['a page that is not there', 404, 'gone', 'not_onvif'],
    ['a document type', 200, '<!DOCTYPE x [<!ENTITY a "b">]><Envelope/>', 'not_onvif'],
    ['a long answer', 200, `<Envelope>${'x'.repeat(1_100_000)}`, 'not_onvif'],
  ])('%s', async (_name, status, body, fault) => {
    const server = createServer((_request, response) => void response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(OnvifDevice.connect(reach({ port }))).rejects.toMatchObject({ name: 'OnvifError', fault });
    await new Promise((resolve) => server.close(resolve));
  });

  it('silence', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(OnvifDevice.connect(reach({ port }, { timeoutMs: 50 }))).rejects.toMatchObject({
      fault: 'timeout',
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['169.254.169.254', '192.168.1.1', '::1', 'localhost', '127.1'])(
    '%s is refused by the outbound policy before any packet, where it is not listed',
    async (host) => {
      const closed = { port: host === '192.168.1.1' ? 22 : 80 };
      await expect(OnvifDevice.connect(reach(closed, { host }))).rejects.toMatchObject({
        fault: expect.stringMatching(/denied|unreachable/),
      });
    },
  );
});

describe('XML of strangers', () => {
  it('is read or refused by name, whatever it is', () => {
    const piece = fc.constantFrom(
      '<a',
      '>',
      '</a>',
      '<s:Envelope>',
      '&lt;',
      '&#x41;',
      ' x="1"',
      '<![CDATA[',
      ']]>',
      '<?',
      '<!--',
      '__proto__',
      'é',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseXml(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'OnvifError', fault: 'not_onvif' });
        }
      }),
      { numRuns: 5000 },
    );
    expect(() => parseXml('<a>'.repeat(10_000))).toThrow();
  });
});
