import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { URL_PRESETS } from '../../onvif/index.ts';
import { ACCOUNT, SyntheticDevice } from '../../onvif/testing/synthetic-device.ts';
import { errorOf, TestServer } from '../../testing/index.ts';

let server: TestServer;
let device: SyntheticDevice;
beforeAll(async () => {
  device = await SyntheticDevice.start();
  server = await TestServer.start({
    config: `
network: {allow: [127.0.0.0/8], ports: [${device.port}]}
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
`,
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await device[Symbol.asyncDispose]();
});

const place = () => ({ host: '127.0.0.1', port: device.port, ...ACCOUNT });

describe('devices', () => {
  test('are discovered on an interface; one that is not there is named', async () => {
    const body = { timeout_ms: 200, interface: '127.0.0.1' };
    expect(await server.expect(200, 'POST', '/api/discover', body)).toEqual({ devices: [], total: 0 });
    const answer = await server.call('POST', '/api/discover', { ...body, interface: '192.0.2.1' });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
  });

  test('are described with their streams, at the address that was asked', async () => {
    const body = await server.expect<Record<string, unknown>>(200, 'POST', '/api/discover/device', place());
    expect(body).toMatchObject({
      manufacturer: 'ACME',
      model: 'Eye 2',
      clock_skew: 0,
      account: 'digest',
      ptz: true,
      events: true,
      profiles: [
        {
          token: 'main',
          encoding: 'H264',
          width: 1920,
          height: 1080,
          source_url: 'rtsp://127.0.0.1:554/live?channel=1&sub=0',
        },
      ],
    });
  });

  test.each([
    ['a wrong account', { password: 'guess' }, 502, 'CAMERA_UNREACHABLE', 'separate one for ONVIF'],
    ['nobody there', { port: 61_001 }, 502, 'CAMERA_UNREACHABLE', ''],
    [
      'a place that may not be reached',
      { host: '169.254.169.254', port: 80 },
      400,
      'INVALID_CONFIGURATION',
      'host',
    ],
    ['a service of the machine', { port: 22 }, 400, 'INVALID_CONFIGURATION', 'port 22'],
  ])('%s is told', async (_name, more, status, code, says) => {
    const answer = await server.call('POST', '/api/discover/device', { ...place(), ...more });
    const error = errorOf(answer);
    expect([answer.status, error.code]).toEqual([status, code]);
    expect(error.message).toContain(says);
    expect(answer.text).not.toContain('guess');
  });

  test('of known makes have their addresses on a page', async () => {
    const { presets } = await server.expect<{ presets: unknown }>(200, 'GET', '/api/discover/url-presets');
    expect(presets).toEqual(URL_PRESETS);
    const page = await readFile(
      new URL('../../../../docs/reference/camera-urls.md', import.meta.url),
      'utf8',
    );
    for (const { brand, main, sub, port } of URL_PRESETS) {
      const row = page.split('\n').find((line) => line.startsWith(`| ${brand} |`));
      expect(row, brand).toContain(`| \`${main}\` | ${sub === null ? '' : `\`${sub}\``} | ${port} |`);
    }
  });
});

describe('a stream whose camera moves', () => {
  const ptz = (rest = '') => `/api/streams/gate/ptz${rest}`;
  /** The usual ports are not open on this machine: the first of them is asked. */
  beforeAll(async () => {
    const { username, password } = ACCOUNT;
    const login = `${username}:${encodeURIComponent(password)}`;
    await server.expect(201, 'POST', '/api/streams', {
      id: 'gate',
      source_url: `rtsp://${login}@127.0.0.1:8554/x`,
    });
  });

  test('is asked at the address of its camera, and not finding one is told without its password', async () => {
    const answer = await server.call('GET', ptz());
    expect([answer.status, errorOf(answer).code]).toEqual([502, 'CAMERA_UNREACHABLE']);
    expect(answer.text + server.logged.join('')).not.toContain(ACCOUNT.password);
  });

  test.each([
    ['nothing to move', {}],
    ['too fast', { pan: 2 }],
    ['too long', { pan: 1, seconds: 1000 }],
  ])('%s is refused', async (_name, body) => {
    expect((await server.call('POST', ptz('/move'), body)).status).toBe(400);
  });

  test('that is not there is not found', async () => {
    const answer = await server.call('POST', '/api/streams/nobody/ptz/stop');
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'STREAM_NOT_FOUND']);
  });
});
