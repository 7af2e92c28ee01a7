import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AlertList } from '@nightjar/contract/platform';
import { describe, expect, it } from 'vitest';
import { Browser, eventually, Installation, ProductPage, SyntheticCameras } from '../harness/index.ts';
import { AlertsPage } from './alerts-page.ts';
import { Broker } from './broker.ts';
import { Mailbox } from './mailbox.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const LOGIN = { username: 'nightjar', password: 'Vw4-otter-Ke9-reed' };

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A program outside that is told by webhook. */
async function startHook() {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    url: `http://127.0.0.1:${port}/alerts`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('a camera that goes offline', () => {
  it('is told, by a rule and channels made in the page, by e-mail, by a signed webhook and by MQTT, where Home Assistant makes a sensor of it', async () => {
    await using mailbox = await Mailbox.start(LOGIN);
    await using broker = await Broker.start(LOGIN);
    await using hook = await startHook();
    await using installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
    const { api } = installation;
    const v1 = async (status: number, method: string, path: string, body?: unknown) =>
      api.expect(status, method, `/api/v1${path}`, body);
    await using browser = await Browser.start({ width: 1440, height: 900 });
    const alerts = await AlertsPage.open(new ProductPage(browser.page, api), PASSWORD);
    await alerts.addChannel('Mail', 'email', {
      ...{ host: '127.0.0.1', port: String(mailbox.port), security: 'none', ...LOGIN },
      ...{ from: 'nightjar@example.org', to: 'night@example.org' },
    });
    const secret = await alerts.addChannel('Hook', 'webhook', { url: hook.url });
    await alerts.addChannel('Broker', 'mqtt', { url: broker.url, ...LOGIN });
    for (const kind of ['email', 'webhook', 'mqtt']) await alerts.tryChannel(kind);
    expect([mailbox.mails.length, hook.calls.length]).toEqual([1, 1]);
    await alerts.addRule('Offline', ['Mail', 'Hook', 'Broker']);
    {
      await using cameras = await SyntheticCameras.start({ count: 1 });
      await v1(201, 'POST', '/cameras', { id: 'gate', name: 'The gate', source_url: cameras.urls[0] });
      const online = async () => (await api.stream('gate')).status === 'active';
      await eventually('the camera is online', online, { timeoutMs: 20_000 });
      expect([mailbox.mails.length, hook.calls.length]).toEqual([1, 1]);
    }
    const told = async () =>
      mailbox.mails.length > 1 &&
      hook.calls.length > 1 &&
      broker.topics.get('nightjar/cameras/gate/problem') === 'ON';
    await eventually('everybody is told', told, { timeoutMs: 30_000 });

    expect(mailbox.mails).toHaveLength(2);
    expect(mailbox.mails[1]).toMatch(/^Subject: Alert: Offline$/m);
    expect(mailbox.mails[1]).toMatch(/^To: night@example\.org$/m);
    expect(mailbox.mails[1]).toContain('The gate: offline');
    const { headers, body } = hook.calls[1]!;
    const [, at = '', mac] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['x-nightjar-signature'])) ?? [];
    expect(mac).toBe(createHmac('sha256', secret!).update(`${at}.${body}`).digest('hex'));
    expect(JSON.parse(body)).toMatchObject({ event: 'opened', type: 'camera_offline', camera_id: 'gate' });
    expect(broker.topics.get('nightjar/cameras/gate/problem')).toBe('ON');
    const sensor = broker.topics.get('homeassistant/binary_sensor/nightjar_gate/problem/config');
    expect(JSON.parse(sensor ?? '{}')).toMatchObject({
      ...{ device_class: 'problem', state_topic: 'nightjar/cameras/gate/problem' },
      device: { name: 'The gate' },
    });

    const { items } = AlertList.parse(await v1(200, 'GET', '/alerts'));
    expect(items).toMatchObject([{ kind: 'camera_offline', camera_id: 'gate', resolved_at: null }]);
    await alerts.sees('camera_offline', 'The gate');
    for (const kind of ['email', 'webhook', 'mqtt']) await alerts.wasDelivered(kind);
  });
});
