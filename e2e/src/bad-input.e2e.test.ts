import { ManagerError, type StreamDetail } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokenCamera } from './cameras/broken.ts';
import { GstreamerCamera } from './cameras/gstreamer.ts';

import {
  eventually,
  Installation,
  largestStep,
  probeFootage,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';

const GOOD = 'rtsp://10.99.99.99/stream';
const HEALTHY = 'healthy';

let cameras: SyntheticCameras;
let installation: Installation;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  const recording = { enabled: true };
  await installation.api.addStream({ id: HEALTHY, source_url: cameras.urls[0]!, recording });
  await recordsAgain(installation, [HEALTHY], new Set(), 15_000);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

interface Refusal {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  /** JSON, or text sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly code: string;
}

const invalid = (what: string, body: unknown): Refusal => ({
  what,
  body,
  status: 400,
  code: 'INVALID_CONFIGURATION',
});

const from = (source_url: unknown) => ({ id: 'bad', source_url });

const DENIED = [
  'rtsp://127.1/stream',
  'rtsp://2130706433/stream',
  'rtsp://0x7f000001/stream',
  'rtsp://0177.0.0.1/stream',
  'rtsp://127.0.0.2/stream',
  'rtsp://localhost/stream',
  'rtsp://[::1]/stream',
  'rtsp://[::ffff:127.0.0.2]/stream',
  'rtsp://0.0.0.0/stream',
  'rtsp://169.254.169.254/latest/meta-data',
  'rtsp://[fe80::1]/stream',
  'rtsp://224.0.0.1/stream',
  'rtsp://8.8.8.8/stream',
  'rtsp://[2001:4860:4860::8888]/stream',
  'rtsp://10.0.0.1:22/stream',
  'rtsp://10.0.0.1:6379/stream',
];

const REFUSALS: readonly Refusal[] = [
  invalid('malformed JSON', '{"id":"bad",'),
  invalid('JSON that is no object', '[]'),
  invalid('an empty body', ''),
  invalid('an unknown field', { ...from(GOOD), color: 'red' }),
  invalid('an unknown field in recording', { ...from(GOOD), recording: { enabled: true, quality: 1 } }),
  invalid('a field of another type', { ...from(GOOD), recording: { enabled: 'yes' } }),
  invalid('a number out of range', { ...from(GOOD), recording: { segment_duration: -1 } }),
  invalid('no id', { source_url: GOOD }),
  invalid('no URL', { id: 'bad' }),
  ...['', '-x', '../x', 'a/b', 'a b', 'ä', 'x'.repeat(65), 'a.b', '%00', 'con\u0000'].map((id) =>
    invalid(`the id ${JSON.stringify(id)}`, { id, source_url: GOOD }),
  ),
  ...[
    'ftp://10.0.0.1/',
    'file:///etc/passwd',
    'rtsp://',
    'rtsp:///x',
    '10.0.0.1',
    '',
    7,
    'rtsp://10.0.0.1:99999/',
  ].map((url) => invalid(`the URL ${JSON.stringify(url)}`, from(url))),
  ...DENIED.map((url) => invalid(`the denied ${url}`, from(url))),
  {
    what: 'a taken id',
    body: { id: HEALTHY, source_url: GOOD },
    status: 409,
    code: 'STREAM_ALREADY_EXISTS',
  },
  {
    what: 'a body that is not JSON by its type',
    body: 'id=bad',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    what: 'a body of 2 MiB',
    body: { id: 'bad', source_url: `rtsp://10.0.0.1/${'x'.repeat(2 ** 21)}` },
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
  },
  { what: 'no token', headers: { authorization: '' }, body: from(GOOD), status: 401, code: 'UNAUTHORIZED' },
  {
    what: 'a wrong token',
    headers: { authorization: `Bearer ${'x'.repeat(40)}` },
    body: from(GOOD),
    status: 401,
    code: 'UNAUTHORIZED',
  },
  ...(['GET', 'PUT', 'DELETE'] as const).map((method) => ({
    what: `${method} of an unknown stream`,
    method,
    path: '/api/streams/nobody',
    ...(method === 'PUT' ? { body: { recording: { enabled: false } } } : {}),
    status: 404,
    code: 'STREAM_NOT_FOUND',
  })),
  ...(['start', 'stop', 'restart'] as const).map((verb) => ({
    what: `${verb} of an unknown stream`,
    path: `/api/streams/nobody/${verb}`,
    status: 404,
    code: 'STREAM_NOT_FOUND',
  })),
  {
    what: 'footage of an unknown stream',
    method: 'GET',
    path: '/api/streams/nobody/recordings',
    status: 404,
    code: 'STREAM_NOT_FOUND',
  },
  {
    what: 'an update to a denied URL',
    method: 'PUT',
    path: `/api/streams/${HEALTHY}`,
    body: { source_url: 'rtsp://169.254.169.254/x' },
    status: 400,
    code: 'INVALID_CONFIGURATION',
  },
  {
    what: 'an update with an unknown field',
    method: 'PUT',
    path: `/api/streams/${HEALTHY}`,
    body: { recording: { colour: 1 } },
    status: 400,
    code: 'INVALID_CONFIGURATION',
  },
  {
    what: 'a filter that is none',
    method: 'GET',
    path: '/api/streams?status=sleepy',
    status: 400,
    code: 'INVALID_CONFIGURATION',
  },
  { what: 'a path that is none', method: 'GET', path: '/api/nothing', status: 404, code: 'NOT_FOUND' },
];

describe('requests that cannot be', () => {
  it.each(REFUSALS)('$what: $status $code', async (refusal) => {
    const { method = 'POST', path = '/api/streams', body, headers, status, code } = refusal;
    const answer = await installation.api.request(method, path, body, headers);
    expect({ status: answer.status, code: ManagerError.parse(answer.body).error.code }).toEqual({
      status,
      code,
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|\/tmp\//);
  });

  it('left nothing behind', async () => {
    const ids = (await installation.api.streams()).map((stream) => stream.id);
    expect(ids).toEqual([HEALTHY]);
    expect((await installation.api.stream(HEALTHY)).source_url).toBe(cameras.urls[0]);
  });
});

/** Waits for a stream's first error and answers the stream. */
async function errorOf(id: string, timeoutMs: number): Promise<StreamDetail> {
  const look = async () => {
    const stream = await installation.api.stream(id);
    return stream.errors.length > 0 && stream;
  };
  return await eventually(`${id} to report an error`, look, { timeoutMs, everyMs: 100 });
}

const remove = (id: string) => installation.api.expect(204, 'DELETE', `/api/streams/${id}`);

describe('cameras that cannot be', () => {
  it('wrong password: fails for good, and says that it is the authentication', async () => {
    await using camera = await GstreamerCamera.start({ user: 'admin', password: 's3cret-Canary' });
    const source_url = camera.url.replace('s3cret-Canary', 'wrong-Canary');
    await installation.api.addStream({ id: 'wrong-password', source_url });
    const stream = await errorOf('wrong-password', 10_000);
    expect(stream).toMatchObject({ status: 'error', state: 'failed', errors: [{ code: 'auth_failed' }] });
    expect(stream.errors[0]!.message).toMatch(/auth|password|credential/i);
    expect(stream.source_url).toContain('***:***@');
    expect(JSON.stringify(stream)).not.toContain('wrong-Canary');
    expect(installation.logs()).not.toContain('wrong-Canary');
    await remove('wrong-password');
  });

  it('a camera that accepts and never answers: a timeout, and it goes on trying', async () => {
    await using camera = await BrokenCamera.silent();
    await installation.api.addStream({ id: 'silent', source_url: camera.url });
    const stream = await errorOf('silent', 20_000);
    expect(stream).toMatchObject({ errors: [{ code: 'timeout' }] });
    expect(stream.status).not.toBe('active');
    await eventually('a second attempt', () => camera.connections >= 2, { timeoutMs: 20_000 });
    await remove('silent');
  });

  it('nothing listens: unreachable or refused', async () => {
    await installation.api.addStream({ id: 'closed', source_url: await BrokenCamera.refusing() });
    const stream = await errorOf('closed', 10_000);
    expect(['refused', 'unreachable']).toContain(stream.errors[0]!.code);
    await remove('closed');
  });

  it('a web server: not RTSP', async () => {
    await using camera = await BrokenCamera.webServer();
    await installation.api.addStream({ id: 'web', source_url: camera.url });
    const stream = await errorOf('web', 10_000);
    expect(['not_rtsp', 'protocol_error']).toContain(stream.errors[0]!.code);
    await remove('web');
  });

  it('an address on the camera that is not there: not found', async () => {
    await using camera = await GstreamerCamera.start();
    await installation.api.addStream({ id: 'lost', source_url: camera.url.replace('/test', '/elsewhere') });
    const stream = await errorOf('lost', 10_000);
    expect(stream).toMatchObject({ errors: [{ code: 'not_found' }] });
    await remove('lost');
  });

  it('no attempt is given more than it asked for: max_attempts ends in failed', async () => {
    const source_url = await BrokenCamera.refusing();
    const reconnect = { enabled: true, max_attempts: 2, backoff_ms: 100 };
    await installation.api.addStream({ id: 'two-tries', source_url, reconnect });
    const failed = async () => (await installation.api.stream('two-tries')).state === 'failed';
    await eventually('the stream to give up', failed, { timeoutMs: 10_000, everyMs: 100 });
    await remove('two-tries');
  });
});

describe('meanwhile', () => {
  it('a healthy camera was recorded without a gap', async () => {
    expect(await installation.api.stream(HEALTHY)).toMatchObject({ status: 'active', errors: [] });
    await installation.drain();
    const files = await probeFootage(installation.dataDir, HEALTHY);
    expect(files).toHaveLength(1);
    const [file] = files;
    console.log(`healthy camera: ${file!.duration.toFixed(1)} s, ${file!.video!.packets.length} frames`);
    expect(largestStep(file!.video!.packets)).toBeLessThan(0.06);
  });
});
