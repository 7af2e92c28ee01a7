import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { linkBearer, linkKeyPath, PROXY_PATH, type ProxyRequest } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, FakeEngine, TestServer } from '../../testing/index.ts';

const CANARY = 'pw-canary-5ecret';
const CAMERA = `/api/stream-proxy?url=rtsp://10.0.1.39:554/stream1&username=admin&password=${CANARY}`;

interface Seen {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: ProxyRequest | undefined;
}

let server: TestServer;
let engine: FakeEngine;
let seen: Seen[];
let answer: (response: ServerResponse) => void;
let base: string;

const pictures = (response: ServerResponse): void => {
  response.writeHead(200, {
    'content-type': 'multipart/x-mixed-replace; boundary=frame',
    'cache-control': 'no-store',
  });
  response.write('--frame\r\n');
};
function refuse(status: number, body: object): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status, ...body }));
  };
}

function babble(response: ServerResponse): void {
  response.writeHead(500);
  response.end('<html>');
}

async function begin(config: string, clock?: FakeClock): Promise<void> {
  server = await TestServer.start({ config, ...(clock ? { clock } : {}) });
  engine = await FakeEngine.start(server.dataDir, {
    door: (request, response) => void door(request, response),
  });
  base = await server.listen();
}

async function door(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const { url, headers } = request;
  seen.push({ url, authorization: headers.authorization, body: body === '' ? undefined : JSON.parse(body) });
  answer(response);
}

beforeEach(() => {
  seen = [];
  answer = pictures;
});
afterEach(async () => {
  const kept = server.logged.join('\n') + (await server.stored());
  await server.close();
  await engine[Symbol.asyncDispose]();
  expect(kept).not.toContain(CANARY);
});

const OPEN = 'limits: {reads_per_minute: 1, writes_per_minute: 1, proxy_calls_per_minute: 1000}\n';

async function get(
  path: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(base + path, {
    headers: { authorization: `Bearer ${server.token}`, ...headers },
    ...(signal ? { signal } : {}),
  });
}

describe('the stream proxy (S1)', () => {
  it('answers with a multipart of JPEGs whose boundary is frame', async () => {
    await begin(OPEN);
    const leaving = new AbortController();
    const response = await get(`${CAMERA}&width=640&fps=5`, {}, leaving.signal);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('multipart/x-mixed-replace; boundary=frame');
    const key = await readFile(linkKeyPath(server.dataDir));
    expect(seen).toEqual([
      {
        url: PROXY_PATH,
        authorization: linkBearer(key),
        body: {
          source: { url: 'rtsp://10.0.1.39:554/stream1', username: 'admin', password: CANARY },
          query: 'width=640&fps=5',
        },
      },
    ]);
    leaving.abort();
  });

  it('takes credentials out of the address, and those of the query before them', async () => {
    await begin(OPEN);
    const url = encodeURIComponent(`rtsp://old:${CANARY}@10.0.1.39/a?b=c`);
    for (const query of [url, `${url}&username=new&password=x`]) {
      const leaving = new AbortController();
      await get(`/api/stream-proxy?url=${query}`, {}, leaving.signal);
      leaving.abort();
    }
    const source = { url: 'rtsp://10.0.1.39/a?b=c' };
    expect(seen.map(({ body }) => body?.source)).toEqual([
      { ...source, username: 'old', password: CANARY },
      { ...source, username: 'new', password: 'x' },
    ]);
  });

  it.each([
    ['another password', refuse(502, { message: 'x', fault: 'auth_failed' }), 401, 'unauthorized'],
    [
      'nobody there',
      refuse(502, { message: 'the camera does not answer', fault: 'unreachable' }),
      500,
      'internal_error',
    ],
    ['no decoder', refuse(503, { message: 'nothing decodes' }), 500, 'internal_error'],
    ['nonsense', babble, 500, 'internal_error'],
    ['a bad option', refuse(400, { message: 'width must be a whole number' }), 400, 'bad_request'],
  ] as const)('says in its own words: %s', async (_, door, status, code) => {
    await begin(OPEN);
    answer = door;
    const response = await get(CAMERA);
    expect(response.status).toBe(status);
    const body = (await response.json()) as { code: string; message: string };
    expect(Object.keys(body)).toEqual(['code', 'message']);
    expect(body.code).toBe(code);
    expect(body.message.length).toBeGreaterThan(0);
  });

  it.each([
    ['no address at all', '', 400, 'bad_request'],
    ['an address that is none', '?url=camera', 500, 'internal_error'],
    ['another protocol', '?url=http://10.0.1.39/', 500, 'internal_error'],
    ['loopback', '?url=rtsp://127.0.0.1/', 500, 'internal_error'],
    ['loopback in disguise', '?url=rtsp://127.1/', 500, 'internal_error'],
    ['cloud metadata', '?url=rtsp://169.254.169.254/', 500, 'internal_error'],
    ['a service port', '?url=rtsp://10.0.1.39:22/', 500, 'internal_error'],
    ['an unknown stream', '?url=stream:nobody', 503, ''],
    ['a stream id that is none', '?url=stream:..%2F..', 404, 'not_found'],
  ])('refuses %s before any packet leaves', async (_, query, status, code) => {
    await begin(OPEN);
    answer = refuse(404, { message: 'no such stream' });
    const response = await get(`/api/stream-proxy${query}`);
    const body = (await response.json()) as { code: string };
    if (code === '') expect([response.status, body.code]).toEqual([404, 'not_found']);
    else {
      expect([response.status, body.code]).toEqual([status, code]);
      expect(seen).toEqual([]);
    }
  });

  it('needs somebody: without a token 401, and a wrong one too', async () => {
    await begin(OPEN);
    for (const headers of [{ authorization: '' }, { authorization: 'Bearer nj_wrong' }]) {
      const response = await get(CAMERA, headers);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'unauthorized' });
    }
    const head = await fetch(base + CAMERA, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(head.status).toBe(404);
    expect(seen).toEqual([]);
  });

  it('counts two calls a minute of one user, good ones and bad ones', async () => {
    await begin('limits: {reads_per_minute: 100000, writes_per_minute: 100000}\n');
    answer = refuse(502, { message: 'x', fault: 'unreachable' });
    expect((await get(CAMERA)).status).toBe(500);
    expect((await get('/api/stream-proxy')).status).toBe(400);
    const third = await get(CAMERA);
    expect(third.status).toBe(429);
    expect(await third.json()).toMatchObject({ code: 'too_many_requests' });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(seen).toHaveLength(1);
  });

  it('shows a stream that is known by its id, by the same words', async () => {
    await begin(OPEN);
    const leaving = new AbortController();
    const response = await get('/api/stream-proxy?url=stream:yard&fps=5&password=x', {}, leaving.signal);
    expect(response.status).toBe(200);
    expect(seen[0]).toMatchObject({ url: '/live/yard/mjpeg?fps=5' });
    leaving.abort();
  });

  it('ends the pull when the viewer leaves', async () => {
    await begin(OPEN);
    const gone = Promise.withResolvers<void>();
    answer = (response) => {
      response.once('close', () => gone.resolve());
      pictures(response);
    };
    const leaving = new AbortController();
    await get(CAMERA, {}, leaving.signal);
    leaving.abort();
    await expect(gone.promise).resolves.toBeUndefined();
  });

  it('goes quiet within 5 s when whoever watches signs out', async () => {
    const clock = new FakeClock();
    await begin(OPEN.replaceAll('_minute: 1,', '_minute: 1000,'), clock);
    // The first start makes the person `admin` before it says that it is ready.
    await server.settled();
    const credentials = { username: 'admin', password: 'Wv7Lm2Rb8Yc5Hn3P' };
    const { access_token } = await server.expect<{ access_token: string }>(
      ...([200, 'POST', '/api/v1/auth/login', credentials] as const),
    );
    const authorization = `Bearer ${access_token}`;
    const response = await get(CAMERA, { authorization });
    expect(response.status).toBe(200);
    const ended = text(response.body!).catch(() => 'broken off');
    clock.advance(4_000);
    const left = await server.call('POST', '/api/v1/auth/logout', undefined, { authorization });
    expect(left.status).toBeLessThan(300);
    clock.advance(4_000);
    await expect(ended).resolves.toBeDefined();
  });
});
