import { createECDH, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { Channel, type ChannelTested, DeliveryList } from '@nightjar/contract/platform';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, TestServer } from '../../testing/index.ts';
import { publicationsOf } from './senders/mqtt.ts';
import { Broker } from './testing/broker.ts';
import { signedBy, unsealed } from './testing/browser.ts';

const SECRETS = {
  password: 'Canary-smtp-7Yq2',
  secret: 'Canary-hook-9Wd4',
  bot_token: '123456:CanaryTelegramToken-5Xk8',
  token: 'Canary-ntfy-3Lp6',
};

let server: TestServer;
let http: Server;
let mail: SMTPServer;
let address: string;
let status = 200;
const calls: { url: string; headers: IncomingMessage['headers']; body: string; bytes: Buffer }[] = [];
const mails: string[] = [];

beforeAll(async () => {
  server = await TestServer.start({
    config:
      'limits: {reads_per_minute: 100000, writes_per_minute: 100000}\nnetwork: {allow: [127.0.0.0/8]}\n',
  });
  http = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      calls.push({ url: request.url ?? '', headers: request.headers, body: bytes.toString(), bytes });
      response.writeHead(status).end('said');
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  address = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  mail = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'cam' && password === SECRETS.password) done(null, { user: username });
      else done(new Error('no'));
    },
    onData: (stream, _session, done) => {
      void text(stream).then((message) => {
        mails.push(message);
        done();
      });
    },
  });
  mail.on('error', () => undefined);
  mail.listen(0, '127.0.0.1');
  await once(mail.server, 'listening');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  http.close();
  await new Promise<void>((resolve) => {
    mail.close(() => resolve());
  });
});

const smtp = (more: object = {}) => ({
  ...{ host: '127.0.0.1', port: (mail.server.address() as AddressInfo).port, security: 'none' },
  ...{ username: 'cam', password: SECRETS.password, from: 'nightjar@example.org', to: ['me@example.org'] },
  ...more,
});

const made = async (kind: string, settings: object) =>
  server.expect<Channel & { secret: string | null }>(201, 'POST', '/api/v1/notification-channels', {
    ...{ name: `By ${kind}`, kind, settings },
  });
const tested = ({ id }: { id: string }) =>
  server.expect<ChannelTested>(200, 'POST', `/api/v1/notification-channels/${id}/test`);
const last = () => calls.at(-1) ?? { url: '', headers: {}, body: '', bytes: Buffer.alloc(0) };

describe('each kind of channel', () => {
  test('e-mail, to a real mail server', async () => {
    expect((await tested(await made('email', smtp()))).delivered).toBe(true);
    expect(mails.at(-1)).toMatch(/^Subject: Nightjar: test$/m);
    expect(mails.at(-1)).toMatch(/^To: me@example.org$/m);
    const wrong = await tested(await made('email', smtp({ password: 'wrong' })));
    expect(wrong).toMatchObject({ delivered: false, detail: expect.stringMatching(/^Invalid login/) });
  });

  test('a webhook, whose signature its receiver can check', async () => {
    const channel = await made('webhook', { url: `${address}/hook`, headers: { 'x-mine': 'yes' } });
    expect(channel.secret).toMatch(/^nw_/);
    expect(await tested(channel)).toEqual({ delivered: true, detail: 'HTTP 200' });
    const { headers, body, url } = last();
    expect([url, headers['x-mine'], headers['x-nightjar-event']]).toEqual(['/hook', 'yes', 'alert.test']);
    const [, seconds = '', mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-nightjar-signature'])) ?? [];
    const expected = createHmac('sha256', channel.secret ?? '')
      .update(`${seconds}.${body}`)
      .digest('hex');
    expect(mac).toBe(expected);
    expect(JSON.parse(body)).toMatchObject({ event: 'test', severity: 'info', camera_id: null });
  });

  test('SMS by a provider, as a form and as JSON', async () => {
    const to = ['+821012345678', '5550100'];
    const form = { url: `${address}/sms`, username: 'sid', password: 'p', fields: { From: '+1555' }, to };
    expect(await tested(await made('sms', form))).toEqual({ delivered: true, detail: 'HTTP 200, 2 numbers' });
    expect(Object.fromEntries(new URLSearchParams(last().body))).toMatchObject({
      From: '+1555',
      To: '5550100',
    });
    expect(last().headers.authorization).toBe(`Basic ${Buffer.from('sid:p').toString('base64')}`);
    const json = {
      url: `${address}/sms`,
      format: 'json',
      token: SECRETS.token,
      to_field: 'phone',
      to: ['+12345'],
    };
    await tested(await made('sms', json));
    expect(JSON.parse(last().body)).toMatchObject({ phone: '+12345', Body: expect.stringContaining('test') });
    expect(last().headers.authorization).toBe(`Bearer ${SECRETS.token}`);
  });

  test('ntfy and Telegram', async () => {
    await tested(await made('ntfy', { url: address, topic: 'yard', token: SECRETS.token }));
    expect(JSON.parse(last().body)).toMatchObject({ topic: 'yard', title: 'Nightjar: test', priority: 3 });
    await tested(await made('telegram', { bot_token: SECRETS.bot_token, chat_id: '-100', url: address }));
    expect(last().url).toBe(`/bot${SECRETS.bot_token}/sendMessage`);
    expect(JSON.parse(last().body)).toMatchObject({ chat_id: '-100' });
  });

  test('web push, sealed for the browser and signed with our key', async () => {
    const browser = createECDH('prime256v1');
    const keys = { p256dh: browser.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') };
    expect((await tested(await made('webpush', { endpoint: `${address}/push`, keys }))).delivered).toBe(true);
    const { public_key } = await server.expect<{ public_key: string }>(200, 'GET', '/api/v1/web-push/key');
    expect(Buffer.from(public_key, 'base64url')).toHaveLength(65);
    expect(last().headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '86400' });
    expect(last().headers.authorization).toContain(`k=${public_key}`);
    // What the browser makes of it, and what its push service asks of the signature.
    const told = await unsealed(browser, keys.auth, last().bytes);
    expect(JSON.parse(told)).toMatchObject({ event: 'test', title: 'Nightjar: test' });
    expect(await signedBy(public_key, String(last().headers.authorization), address)).toBe(true);
    const other = createECDH('prime256v1');
    other.generateKeys();
    await expect(unsealed(other, keys.auth, last().bytes)).rejects.toThrow();
  });

  test('MQTT, to a real broker, which refuses a wrong password', async () => {
    await using broker = await Broker.start('cam', 'Mq-broker-word');
    const heard = broker.heard('nightjar/#');
    await heard.ready;
    const login = { url: broker.url, username: 'cam', password: 'Mq-broker-word' };
    const detail = 'acknowledged by the broker';
    expect(await tested(await made('mqtt', login))).toEqual({ delivered: true, detail });
    const { topic, payload } = await heard.next;
    expect([topic, JSON.parse(payload)]).toMatchObject(['nightjar/alerts', { event: 'test' }]);
    const wrong = await tested(await made('mqtt', { ...login, password: 'wrong' }));
    expect(wrong).toMatchObject({ delivered: false, detail: expect.stringMatching(/Not authorized/) });
  });

  test('MQTT says what Home Assistant makes a sensor of', () => {
    const settings = { url: 'mqtt://b', prefix: 'nj', discovery: true, discovery_prefix: 'homeassistant' };
    const camera = { id: 'yard', name: 'The yard' };
    const alert = { id: 'a', event: 'opened', type: 'camera_offline', severity: 'warning' } as const;
    const told = publicationsOf(settings, {
      ...alert,
      title: 't',
      body: 'b',
      camera,
      at: '2024-01-15T10:00:00.000Z',
    });
    expect(told.map(({ topic, retain }) => [topic, retain])).toEqual([
      ['nj/alerts', false],
      ['homeassistant/binary_sensor/nightjar_yard/problem/config', true],
      ['nj/cameras/yard/alert', true],
      ['nj/cameras/yard/problem', true],
    ]);
    expect(JSON.parse(told[1]?.payload ?? '')).toMatchObject({
      device_class: 'problem',
      state_topic: 'nj/cameras/yard/problem',
    });
    expect(told[3]?.payload).toBe('ON');
  });
});

describe('secrets', () => {
  test('are hidden, stay when they are sent back, and go nowhere else with their channel', async () => {
    const { id } = await made('webhook', { url: `${address}/a`, secret: SECRETS.secret });
    const url = `/api/v1/notification-channels/${id}`;
    const shown = Channel.parse(await server.expect(200, 'GET', url));
    expect(shown.settings).toEqual({ url: `${address}/a`, secret: '***', headers: {} });
    const moved = await server.call('PUT', url, {
      settings: { ...shown.settings, url: 'https://example.org/' },
    });
    expect(moved.body).toMatchObject({ statusCode: 400, message: expect.stringContaining('***') });
    await server.expect(200, 'PUT', url, { settings: { ...shown.settings, headers: { 'x-new': 'v' } } });
    await tested({ id });
    const { headers, body } = last();
    const seconds = /t=(\d+)/.exec(String(headers['x-nightjar-signature']))?.[1];
    const mac = createHmac('sha256', SECRETS.secret).update(`${seconds}.${body}`).digest('hex');
    expect(headers).toMatchObject({ 'x-new': 'v', 'x-nightjar-signature': `t=${seconds},v1=${mac}` });
  });

  test('are not in answers, logs, events or the database in clear', async () => {
    const answers = await server.call('GET', '/api/v1/notification-channels?limit=500');
    const audit = await server.call('GET', '/api/v1/audit-logs?limit=500');
    const everything = [answers.text, audit.text, server.logged.join('\n'), await server.stored()].join('\n');
    for (const secret of Object.values(SECRETS)) expect(everything).not.toContain(secret);
  });
});

describe('the outbox', () => {
  test('says what became of each delivery, and sends one again', async () => {
    const { id } = await made('webhook', { url: `${address}/later` });
    const rule = { name: 'Disk', kind: 'storage_low', thresholds: { free_percent: 100, for_seconds: 0 } };
    status = 410;
    await server.expect(201, 'POST', '/api/v1/alert-rules', { ...rule, channel_ids: [id] });
    const log = async () =>
      DeliveryList.parse(await server.expect(200, 'GET', `/api/v1/notification-channels/${id}/deliveries`));
    const failed = await eventually(async () => (await log()).items.find(({ state }) => state === 'failed'));
    expect(failed).toMatchObject({ attempts: 1, title: 'Alert: Disk', detail: 'HTTP 410 said' });
    status = 204;
    const replay = `/api/v1/notification-channels/${id}/deliveries/${failed.id}/replay`;
    await server.expect(202, 'POST', replay);
    const sent = await eventually(async () => (await log()).items.find(({ state }) => state === 'delivered'));
    expect(sent).toMatchObject({ id: failed.id, detail: 'HTTP 204' });
    expect(JSON.parse(last().body)).toMatchObject({ event: 'opened', type: 'storage_low', camera_id: null });
    const other = await server.call('POST', replay.replace(id, 'channel-0'));
    expect(other.body).toMatchObject({ statusCode: 404 });
  });
});

test.each([
  ['an address of this machine that is not allowed', { url: 'http://[::1]:1/' }],
  ['a public address without TLS', { url: 'http://192.0.2.1/' }],
  ['a spelling of an address', { url: 'https://0x7f.1/' }],
  ['a cloud’s metadata', { url: 'http://169.254.169.254/latest' }],
])('%s is not reached', async (_what, settings) => {
  const before = calls.length;
  expect((await tested(await made('webhook', settings))).delivered).toBe(false);
  expect(calls).toHaveLength(before);
});

test.each([
  ['a kind that is none', { kind: 'pigeon', settings: {} }],
  [
    'a mail with a line break in its address',
    { kind: 'email', settings: { host: 'x', from: 'a@b.co\r\nBcc: x', to: [] } },
  ],
  [
    'a header with a line break',
    { kind: 'webhook', settings: { url: 'https://a.example/', headers: { a: 'b\r\nc' } } },
  ],
  ['another scheme', { kind: 'webhook', settings: { url: 'file:///etc/passwd' } }],
  ['*** for a secret', { kind: 'webhook', settings: { url: 'https://a.example/', secret: '***' } }],
])('%s is refused', async (_what, body) => {
  const answer = await server.call('POST', '/api/v1/notification-channels', { name: 'x', ...body });
  expect(answer.body).toMatchObject({ statusCode: 400 });
});

test('others’ channels are unknown, and no rule reaches them', async () => {
  const { id } = await made('ntfy', { url: address, topic: 't' });
  const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
    ...{ name: 'other', scopes: ['alerts:read', 'alerts:write'] },
  });
  const headers = { authorization: `Bearer ${token}` };
  const call = (method: string, url: string, body?: object) => server.call(method, url, body, headers);
  expect((await call('GET', `/api/v1/notification-channels/${id}`)).status).toBe(404);
  expect((await call('GET', '/api/v1/notification-channels')).body).toMatchObject({ total: 0 });
  const rule = { name: 'x', kind: 'camera_offline', channel_ids: [id] };
  expect((await call('POST', '/api/v1/alert-rules', rule)).status).toBe(400);
});
