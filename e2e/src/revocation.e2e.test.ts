import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import {
  ForeignPeer,
  Installation,
  monotonicMs,
  recordsAgain,
  runCommand,
  SyntheticCameras,
} from './harness/index.ts';

const ID = 'yard';
const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
/** A right that is lost goes quiet within this time on every channel. */
const LIMIT_MS = 5_000;

let cameras: SyntheticCameras;
let installation: Installation;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  await installation.api.addStream({ id: ID, source_url: cameras.urls[0]!, recording: { enabled: true } });
  await recordsAgain(installation, [ID], new Set(), 15_000);
});

afterAll(async () => {
  await ForeignPeer.release();
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

/** Somebody who watches: `ended` settles with the moment the channel went quiet, once it had spoken. */
interface Channel {
  name: string;
  speaks: Promise<void>;
  ended: Promise<number>;
  stop: () => void;
}

const url = (path: string): string => `${installation.api.base}${path}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A channel of many short requests: over with the first that is refused. */
function polled(name: string, path: string, token: string): Channel {
  const spoke = Promise.withResolvers<void>();
  const over = Promise.withResolvers<number>();
  let stopped = false;
  const ask = async (): Promise<void> => {
    while (!stopped) {
      const response = await fetch(url(path), { headers: bearer(token) });
      await response.arrayBuffer();
      if (response.status === 200) spoke.resolve();
      if ([401, 403, 404].includes(response.status)) return over.resolve(monotonicMs());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  // Nobody waits any more when it is stopped by the end of the test.
  over.promise.catch(() => undefined);
  ask().catch(over.reject);
  return { name, speaks: spoke.promise, ended: over.promise, stop: () => (stopped = true) };
}

function socket(name: string, path: string, token: string): Channel {
  const spoke = Promise.withResolvers<void>();
  const over = Promise.withResolvers<number>();
  const peer = new WebSocket(url(path).replace('http', 'ws'), { headers: bearer(token) });
  peer.on('message', () => spoke.resolve());
  peer.on('error', over.reject);
  peer.once('close', () => over.resolve(monotonicMs()));
  return { name, speaks: spoke.promise, ended: over.promise, stop: () => peer.terminate() };
}

/** One answer without an end: motion JPEG, fMP4. */
function endless(name: string, path: string, token: string): Channel {
  const spoke = Promise.withResolvers<void>();
  const over = Promise.withResolvers<number>();
  const gone = new AbortController();
  const read = async (): Promise<void> => {
    const response = await fetch(url(path), { headers: bearer(token), signal: gone.signal });
    if (response.status !== 200) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    for await (const chunk of response.body ?? []) if (chunk.length > 0) spoke.resolve();
  };
  read().then(
    () => over.resolve(monotonicMs()),
    // The server drops the connection of an answer it cannot end otherwise.
    (error: unknown) => (error instanceof TypeError ? over.resolve(monotonicMs()) : over.reject(error)),
  );
  return { name, speaks: spoke.promise, ended: over.promise, stop: () => gone.abort() };
}

/** ffmpeg plays `source`; quiet with its end. */
function player(name: string, ...source: string[]): Channel {
  const spoke = Promise.withResolvers<void>();
  const over = Promise.withResolvers<number>();
  const output = ['-map', '0:v', '-c', 'copy', '-f', 'mpegts', 'pipe:1'];
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...source, ...output]);
  child.stdout.on('data', () => spoke.resolve());
  child.once('error', over.reject);
  child.once('exit', () => over.resolve(monotonicMs()));
  return { name, speaks: spoke.promise, ended: over.promise, stop: () => child.kill('SIGKILL') };
}

/** ffmpeg cuts passwords at 128 characters, so that longer tokens come as a ticket. */
async function rtsp(token: string): Promise<Channel> {
  const place = `127.0.0.1:${installation.ports.rtsp}/${ID}`;
  const issued = await fetch(url(`/live/${ID}/ticket`), { method: 'POST', headers: bearer(token) });
  const { ticket } = (await issued.json()) as { ticket: string };
  const source = token.length < 128 ? `rtsp://any:${token}@${place}` : `rtsp://${place}?ticket=${ticket}`;
  return player('RTSP', '-rtsp_transport', 'tcp', '-i', source);
}

const rtmp = (token: string): Channel =>
  player('RTMP', '-i', `rtmp://127.0.0.1:${installation.ports.rtmp}/live/${ID}?token=${token}`);

/** A peer is quiet from its last packet on, when none comes for so long. */
const QUIET_MS = 1_500;

async function webrtc(token: string): Promise<Channel> {
  const spoke = Promise.withResolvers<void>();
  const over = Promise.withResolvers<number>();
  const peer = await ForeignPeer.start();
  let last: number | undefined;
  const look = setInterval(() => {
    if (last !== undefined && monotonicMs() - last > QUIET_MS) over.resolve(last);
  }, 100);
  peer.onPacket = () => {
    last = monotonicMs();
    spoke.resolve();
  };
  const headers = { ...bearer(token), 'content-type': 'application/sdp' };
  const answer = await fetch(url(`/whep/${ID}`), { method: 'POST', headers, body: await peer.offer });
  if (answer.status !== 201) throw new Error(`WebRTC: ${answer.status}`);
  peer.answer(await answer.text());
  const stop = (): void => {
    clearInterval(look);
    void peer[Symbol.asyncDispose]();
  };
  return { name: 'WebRTC', speaks: spoke.promise, ended: over.promise, stop };
}

/** What `promise` settles with; throws with `what` when it takes too long. */
function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms).unref();
  });
  return Promise.race([promise, late]);
}

const open = async (token: string): Promise<Channel[]> => [
  polled('API', `/api/streams/${ID}`, token),
  polled('HLS', `/live/${ID}/video.m3u8`, token),
  socket('events', '/api/events', token),
  socket('MSE', `/live/${ID}/mse`, token),
  endless('MJPEG', `/live/${ID}/mjpeg`, token),
  endless('fMP4', `/live/${ID}/stream.mp4`, token),
  endless('FLV', `/live/${ID}/stream.flv`, token),
  await rtsp(token),
  rtmp(token),
  await webrtc(token),
];

interface Person {
  id: string;
  token: string;
}

let made = 0;
async function person(reach: 'all' | 'granted' = 'all'): Promise<Person> {
  const username = `watcher-${++made}`;
  const body = {
    username,
    role: 'operator',
    password: PASSWORD,
    reach,
    grants: reach === 'all' ? [] : [{ kind: 'stream', id: ID }],
  };
  const { id } = (await installation.api.expect(201, 'POST', '/api/v1/users', body)) as { id: string };
  const signedIn = await installation.api.expect(200, 'POST', '/api/v1/auth/login', {
    username,
    password: PASSWORD,
  });
  return { id, token: (signedIn as { access_token: string }).access_token };
}

const change = (method: string, path: string, body?: unknown) => installation.api.request(method, path, body);

const causes: [string, () => Promise<{ token: string; revoke: () => Promise<unknown> }>][] = [
  [
    'a reset of the password',
    async () => {
      const { id, token } = await person();
      const link = await installation.api.expect(201, 'POST', `/api/v1/users/${id}/password-link`);
      const body = { token: (link as { token: string }).token, password: 'another-Password-77' };
      return { token, revoke: () => change('POST', '/api/v1/auth/password-link', body) };
    },
  ],
  [
    'an account that is disabled',
    async () => {
      const { id, token } = await person();
      return { token, revoke: () => change('PUT', `/api/v1/users/${id}`, { disabled: true }) };
    },
  ],
  [
    'a token that is revoked',
    async () => {
      const scopes = ['streams:read', 'events:read'];
      const body = { name: 'player', scopes };
      const answer = await installation.api.expect(201, 'POST', '/api/v1/api-tokens', body);
      const { id, token } = answer as { id: string; token: string };
      return { token, revoke: () => change('POST', `/api/v1/api-tokens/${id}/revoke`) };
    },
  ],
  [
    'a grant that is removed',
    async () => {
      const { id, token } = await person('granted');
      return { token, revoke: () => change('PUT', `/api/v1/users/${id}`, { grants: [] }) };
    },
  ],
];

describe('a right that is lost goes quiet on every channel', () => {
  it.each(causes)('by %s', async (cause, begin) => {
    const { token, revoke } = await begin();
    const channels = await open(token);
    try {
      await Promise.all(channels.map(({ name, speaks }) => within(20_000, `${name} speaks`, speaks)));
      const before = monotonicMs();
      await revoke();
      // The event socket stays for who may still hear of other things, and says nothing of this stream.
      const ending = channels.filter(({ name }) => name !== 'events' || cause !== 'a grant that is removed');
      const times = await Promise.all(
        ending.map(async ({ name, ended }) => {
          const at = await within(20_000, `${name} ends`, ended);
          return [name, Math.round(at - before)] as const;
        }),
      );
      console.info(`${cause}: ${times.map(([name, ms]) => `${name} ${ms} ms`).join(', ')}`);
      expect(times.filter(([, ms]) => ms > LIMIT_MS)).toEqual([]);
    } finally {
      for (const { stop } of channels) stop();
    }
  });
});

it('what can be read inside a ticket lets nobody in', async () => {
  const { token } = await person();
  const issued = await fetch(url(`/live/${ID}/ticket`), { method: 'POST', headers: bearer(token) });
  const { ticket } = (await issued.json()) as { ticket: string };
  const inside = Buffer.from(ticket.split('.')[0]!, 'base64url').toString();
  const { grant } = JSON.parse(inside) as { grant: string };
  const { rtsp: door, rtmp: port } = installation.ports;
  for (const [source, ...flags] of [
    [`rtsp://any:${grant}@127.0.0.1:${door}/${ID}`, '-rtsp_transport', 'tcp'],
    [`rtmp://127.0.0.1:${port}/live/${ID}?token=${grant}`],
  ] as const) {
    const first = ['-map', '0:v', '-c', 'copy', '-frames:v', '1', '-f', 'null', '-'];
    const { code, stderr } = await runCommand('ffmpeg', ['-v', 'error', ...flags, '-i', source, ...first]);
    expect([code === 0, source.slice(0, 4), stderr.length > 0]).toEqual([false, source.slice(0, 4), true]);
  }
});
