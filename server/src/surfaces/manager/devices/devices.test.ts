import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { URL_PRESETS } from '../../../cameras/onvif/index.ts';
import { ACCOUNT, SyntheticDevice } from '../../../cameras/onvif/testing/synthetic-device.ts';
import { EventClient, errorOf, TestServer } from '../../../testing/index.ts';

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
      new URL('../../../../../docs/reference/camera-urls.md', import.meta.url),
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

  test('has a place and an account of its own, whose password is never shown', async () => {
    const { port } = device;
    const set = await server.call('PUT', '/api/streams/gate/device', { port, ...ACCOUNT, events: true });
    expect(set.body).toEqual({
      id: 'gate',
      host: null,
      port,
      path: null,
      secure: false,
      username: ACCOUNT.username,
      password_set: true,
      events: true,
    });
    expect(set.text).not.toContain(ACCOUNT.password);
    // Left out, the account stays.
    const again = await server.expect(200, 'PUT', '/api/streams/gate/device', { port, events: true });
    expect(again).toEqual(set.body);
    expect(await server.expect(200, 'GET', '/api/streams/gate/device')).toEqual(set.body);
  });

  test('is moved, and keeps presets', async () => {
    expect(await server.expect(200, 'GET', ptz())).toEqual({
      pan_tilt: true,
      zoom: true,
      can_keep_presets: true,
      presets: [{ token: '1', name: 'gate' }],
    });
    await server.expect(200, 'POST', ptz('/move'), { pan: 0.4 });
    await server.expect(200, 'POST', ptz('/stop'));
    expect(await server.expect(201, 'POST', ptz('/presets'), { name: 'door' })).toEqual({
      token: '2',
      name: 'door',
    });
    await server.expect(200, 'POST', ptz('/presets/2/go'));
    await server.expect(200, 'DELETE', ptz('/presets/2'));
    expect(device.moves).toEqual(['pan 0.4 tilt 0 zoom undefined for PT0.5S', 'stop', 'preset 2']);
  });

  test('tells its events, as long as they are wanted', async () => {
    const base = (await server.listen()).replace('http', 'ws');
    const authorization = `Bearer ${server.token}`;
    await using client = await new EventClient(`${base}/api/events?types=camera.*`, {
      authorization,
    }).opened();
    await expect.poll(() => device.pulls.open, { timeout: 5_000 }).toBe(1);
    device.pulls.motion(true);
    const notices = () =>
      client.messages.filter(({ type, kind }) => type === 'camera.notice' && kind === 'change');
    await expect.poll(() => notices().length, { timeout: 5_000 }).toBe(1);
    expect(notices()[0]).toMatchObject({
      stream_id: 'gate',
      topic: 'RuleEngine/CellMotionDetector/Motion',
      data: { IsMotion: 'true' },
    });
    await server.expect(200, 'DELETE', '/api/streams/gate/device');
    expect(device.pulls.open).toBe(0);
    expect((await server.call('GET', ptz())).status).toBe(502);
  });

  test('that is pushed has no camera, and does not keep others from being listened to', async () => {
    await server.expect(201, 'POST', '/api/streams', { id: 'studio', source_url: 'publish:' });
    const answer = await server.call('PUT', '/api/streams/studio/device', { events: true });
    expect([answer.status, errorOf(answer).code]).toEqual([422, 'CAMERA_CANNOT']);
    expect((await server.call('GET', '/api/streams/studio/ptz')).status).toBe(422);
    const settings = { port: device.port, ...ACCOUNT, events: true };
    await server.expect(200, 'PUT', '/api/streams/gate/device', settings);
    await server.expect(200, 'PUT', '/api/streams/studio/device', { host: '127.0.0.1', ...settings });
    const open = (count: number) => expect.poll(() => device.pulls.open, { timeout: 8_000 }).toBe(count);
    await open(2);
    await server.expect(204, 'DELETE', '/api/streams/studio');
    await open(1);
    await server.expect(200, 'PUT', '/api/streams/gate', { source_url: 'publish:' });
    await open(0);
    await server.expect(200, 'PUT', '/api/streams/gate', { source_url: 'rtsp://127.0.0.1:8554/x' });
    await open(1);
  });

  test('another host never gets the login of the source', async () => {
    await using other = await SyntheticDevice.start();
    await server.expect(200, 'PUT', '/api/streams/gate/device', { host: '127.0.0.2', port: other.port });
    expect((await server.call('GET', ptz())).status).toBe(502);
    expect(other.asked.filter((name) => !name.startsWith('!') && name !== 'GetSystemDateAndTime')).toEqual(
      [],
    );
  });
});
