import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AlertList, Channel, DeliveryList } from '@nightjar/contract/platform';
import { describe, expect, it } from 'vitest';
import { eventually, Installation, SyntheticCameras } from '../harness/index.ts';
import { Broker } from './broker.ts';
import { Mailbox } from './mailbox.ts';

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
  it('is told by e-mail, by a signed webhook and by MQTT, where Home Assistant makes a sensor of it', async () => {
    await using mailbox = await Mailbox.start(LOGIN);
    await using broker = await Broker.start(LOGIN);
    await using hook = await startHook();
    await using installation = await Installation.start();
    const { api } = installation;
    const v1 = async (status: number, method: string, path: string, body?: unknown) =>
      api.expect(status, method, `/api/v1${path}`, body);
    const channel = async (name: string, kind: string, settings: object) =>
      (await v1(201, 'POST', '/notification-channels', { name, kind, settings })) as Channel & {
        secret: string;
      };
    const mail = await channel('Mail', 'email', {
      ...{ host: '127.0.0.1', port: mailbox.port, security: 'none', ...LOGIN },
      ...{ from: 'nightjar@example.org', to: ['night@example.org'] },
    });
    const web = await channel('Hook', 'webhook', { url: hook.url });
    const mqtt = await channel('Broker', 'mqtt', { url: broker.url, ...LOGIN });
    const ids = [mail, web, mqtt].map(({ id }) => Channel.parse({ ...mail, id }).id);
    await v1(201, 'POST', '/alert-rules', {
      ...{ name: 'Offline', kind: 'camera_offline', thresholds: { for_seconds: 0 } },
      channel_ids: ids,
    });
    {
      await using cameras = await SyntheticCameras.start({ count: 1 });
      await v1(201, 'POST', '/cameras', { id: 'gate', name: 'The gate', source_url: cameras.urls[0] });
      const online = async () => (await api.stream('gate')).status === 'active';
      await eventually('the camera is online', online, { timeoutMs: 20_000 });
      expect([mailbox.mails, hook.calls, [...broker.topics]]).toEqual([[], [], []]);
    }
    const told = async () =>
      mailbox.mails.length > 0 && hook.calls.length > 0 && broker.topics.has('nightjar/cameras/gate/problem');
    await eventually('everybody is told', told, { timeoutMs: 30_000 });

    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]).toMatch(/^Subject: Alert: Offline$/m);
    expect(mailbox.mails[0]).toMatch(/^To: night@example\.org$/m);
    expect(mailbox.mails[0]).toContain('The gate: offline');
    const { headers, body } = hook.calls[0]!;
    const [, at = '', mac] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['x-nightjar-signature'])) ?? [];
    expect(mac).toBe(createHmac('sha256', web.secret).update(`${at}.${body}`).digest('hex'));
    expect(JSON.parse(body)).toMatchObject({ event: 'opened', type: 'camera_offline', camera_id: 'gate' });
    expect(broker.topics.get('nightjar/cameras/gate/problem')).toBe('ON');
    const sensor = broker.topics.get('homeassistant/binary_sensor/nightjar_gate/problem/config');
    expect(JSON.parse(sensor ?? '{}')).toMatchObject({
      ...{ device_class: 'problem', state_topic: 'nightjar/cameras/gate/problem' },
      device: { name: 'The gate' },
    });

    const { items } = AlertList.parse(await v1(200, 'GET', '/alerts'));
    expect(items).toMatchObject([{ kind: 'camera_offline', camera_id: 'gate', resolved_at: null }]);
    for (const id of ids) {
      const delivered = async () =>
        DeliveryList.parse(await v1(200, 'GET', `/notification-channels/${id}/deliveries`)).items[0]?.state;
      await eventually('the log says so', async () => (await delivered()) === 'delivered', {
        timeoutMs: 5_000,
      });
    }
  });
});
