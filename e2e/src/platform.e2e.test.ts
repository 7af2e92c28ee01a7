import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as shapes from '@nightjar/contract/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { eventually, Installation, outputOf, Program } from './harness/index.ts';
import { startNginxRtmp } from './platform/front.ts';

let installation: Installation;
let folder: string;
let nginx: Awaited<ReturnType<typeof startNginxRtmp>>;
let viewer: string;
let recordingId: string;

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  installation.api.request(method, `/api/v1${path}`, body, headers);

async function expectOf<S extends z.ZodType>(
  shape: S,
  status: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<z.infer<S>> {
  const answer = await call(method, path, body);
  if (answer.status !== status) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return shape.parse(answer.body);
}

const camera = (id: string) => expectOf(shapes.Camera, 200, 'GET', `/cameras/${id}`);
const keyOf = ({ rtmp_url }: shapes.Camera): string => rtmp_url?.split('/').at(-1) ?? '';
const through = (application: string, key: string) => `rtmp://127.0.0.1:${nginx.port}/${application}/${key}`;

/** ffmpeg as a camera that pushes. */
function publisher(url: string): Promise<Program> {
  const source = ['-re', '-f', 'lavfi', '-i', 'testsrc=s=320x240:r=10'];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
  const args = ['-nostdin', '-v', 'error', ...source, '-t', '60', ...codec, '-f', 'flv', url];
  return Program.start({ name: 'publisher', command: 'ffmpeg', args });
}

const becomes = (id: string, status: string) =>
  eventually(`${id} is ${status}`, async () => (await camera(id)).status === status, { timeoutMs: 20_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-platform-'));
  installation = await Installation.start();
  nginx = await startNginxRtmp(folder, installation.ports);
  const made = await expectOf(shapes.ApiTokenCreated, 201, 'POST', '/api-tokens', {
    ...{ name: 'viewer of one', scopes: ['streams:read', 'cameras:read', 'recordings:read'] },
    ...{ reach: 'granted', grants: [{ kind: 'camera', id: 'gate' }] },
  });
  viewer = `Bearer ${made.token}`;
}, 60_000);
afterAll(async () => {
  await nginx?.program[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('a camera that publishes', () => {
  it('to its address through an nginx-rtmp in front is let in, watched and recorded', async () => {
    const body = { id: 'gate', name: 'Gate', serial_number: 'SN-7', recording: true };
    const made = await expectOf(shapes.Camera, 201, 'POST', '/cameras', body);
    await using pushing = await publisher(through('live', keyOf(made)));
    await becomes('gate', 'online');
    const listed = () => expectOf(shapes.PlatformRecordingList, 200, 'GET', '/recordings?camera_id=gate');
    await eventually('it is recorded', async () => ((await listed()).items[0]?.size ?? 0) > 0, {
      timeoutMs: 20_000,
    });

    const urls = await expectOf(shapes.StreamUrls, 200, 'GET', '/streaming/camera/gate/urls');
    for (const url of [urls.hls_url, urls.rtsp_url, urls.rtmp_play_url]) {
      const options = [
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        'stream=codec_name',
        '-of',
        'csv=p=0',
      ];
      const seen = await outputOf('ffprobe', [...options, url], { timeoutMs: 20_000 });
      expect(seen.toString().trim().split('\n')[0]).toMatch(/^h264/);
    }
    const playlist = await call('GET', '/streaming/camera/gate/hls');
    expect(String(playlist.body)).toContain('#EXTM3U');

    await expectOf(shapes.Camera, 200, 'POST', '/cameras/gate/toggle-recording');
    const closed = async () => (await listed()).items.find(({ status }) => status === 'completed')?.id;
    recordingId = await eventually('the file is closed', closed, { timeoutMs: 15_000 });

    // The one that publishes now is sent away with its key, by the question that nginx repeats.
    const rotated = await expectOf(shapes.Camera, 200, 'POST', '/cameras/gate/rotate-key');
    expect(keyOf(rotated)).not.toBe(keyOf(made));
    await pushing.exited;
    await becomes('gate', 'offline');
    await using refused = await publisher(through('live', keyOf(made)));
    expect((await refused.exited).code).not.toBe(0);
    await using direct = await publisher(`rtmp://127.0.0.1:${installation.ports.rtmp}/live/${keyOf(made)}`);
    expect((await direct.exited).code).not.toBe(0);

    await using again = await publisher(through('noted', keyOf(rotated)));
    await becomes('gate', 'online');
    await again.stop();
    await becomes('gate', 'offline');
    const noted = await expectOf(shapes.AuditList, 200, 'GET', '/audit-logs?limit=200');
    const actions = noted.items.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['rtmp.publish_started', 'rtmp.publish_ended', 'rtmp.publish']),
    );
  }, 90_000);

  it('leaves a recording that is downloaded by ranges and by a signed address, and plays', async () => {
    const part = await call('GET', `/recordings/${recordingId}/download`, undefined, { range: 'bytes=0-99' });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      expect.stringMatching(/^bytes 0-99\//),
    ]);
    const { url } = await expectOf(shapes.SignedUrl, 200, 'GET', `/recordings/${recordingId}/signed-url`);
    const options = ['-v', 'error', '-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0', url];
    expect((await outputOf('ffprobe', options, { timeoutMs: 20_000 })).toString().trim()).toBe('h264,320');
    expect((await fetch(url.replace(/.$/, '_'))).status).toBe(401);
  });
});

const id = () => recordingId;
describe('every listed endpoint answers in its shape', () => {
  it.each<[string, string, number, z.ZodType | undefined, unknown?]>([
    ['GET', '/auth/permissions', 200, shapes.Permissions],
    ['GET', '/cameras?status=offline&limit=10', 200, shapes.CameraList],
    ['POST', '/cameras', 201, shapes.Camera, { name: 'Porch', id: 'porch' }],
    ['PUT', '/cameras/porch', 200, shapes.Camera, { location: 'Front' }],
    ['POST', '/cameras/porch/deactivate', 200, shapes.Camera],
    ['POST', '/cameras/porch/activate', 200, shapes.Camera],
    ['POST', '/cameras/porch/toggle-recording', 200, shapes.Camera],
    ['GET', '/streaming/camera/porch/urls', 200, shapes.StreamUrls],
    ['DELETE', '/cameras/porch', 204, undefined],
    [
      'GET',
      '/recordings?start_date=2020-01-01&storage_tier=hot&sort=largest',
      200,
      shapes.PlatformRecordingList,
    ],
    ['GET', '/recordings/{recording}', 200, shapes.PlatformRecording],
    ['GET', '/recordings/{recording}/signed-url?expires_in=60', 200, shapes.SignedUrl],
    ['GET', '/dashboard/stats', 200, shapes.DashboardStats],
    ['GET', '/dashboard/analytics/cameras', 200, shapes.CameraAnalyticsList],
    ['GET', '/dashboard/analytics/recordings?days=3', 200, shapes.RecordingAnalytics],
    ['GET', '/dashboard/system/metrics', 200, shapes.SystemMetrics],
    ['GET', '/dashboard/activity?limit=5', 200, shapes.ActivityList],
    ['POST', '/api-tokens', 201, shapes.ApiTokenCreated, { name: 't', scopes: ['streams:read'] }],
    ['GET', '/api-tokens', 200, shapes.ApiTokenList],
    ['GET', '/users', 200, shapes.UserList],
    ['GET', '/roles', 200, shapes.RoleList],
    ['GET', '/sessions', 200, undefined],
    ['GET', '/audit-logs', 200, shapes.AuditList],
    ['GET', '/notification-channels', 200, shapes.ChannelList],
    ['GET', '/alert-rules', 200, shapes.AlertRuleList],
    ['GET', '/alerts', 200, shapes.AlertList],
    ['GET', '/storage-tiers', 200, shapes.StorageTierList],
    ['GET', '/camera-groups', 200, shapes.CameraGroupList],
    ['GET', '/layouts', 200, shapes.LayoutList],
  ])('%s %s: %i', async (method, path, status, shape, body) => {
    const answer = await call(method, path.replace('{recording}', id()), body);
    expect([answer.status, answer.body]).toEqual([
      status,
      shape === undefined ? answer.body : expect.anything(),
    ]);
    if (shape) shape.parse(answer.body);
  });

  it('signs in, refreshes and shows the profile', async () => {
    const password = 'Rq8-lantern-Wm2';
    const person = { username: 'kim', email: 'kim@example.org', role: 'viewer', password };
    await expectOf(shapes.UserCreated, 201, 'POST', '/users', person);
    const login = await expectOf(shapes.SignedIn, 200, 'POST', '/auth/login', {
      email: person.email,
      password,
    });
    const { refresh_token } = login;
    const fresh = await expectOf(shapes.SignedIn, 200, 'POST', '/auth/refresh', { refresh_token });
    const mine = { authorization: `Bearer ${fresh.access_token}` };
    const profile = await call('GET', '/auth/profile', undefined, mine);
    expect(shapes.Profile.parse(profile.body)).toMatchObject({ username: 'kim', role: 'viewer' });
    expect((await call('GET', '/dashboard/stats', undefined, mine)).status).toBe(200);
  });

  it('takes tokens back', async () => {
    const { id: token } = await expectOf(shapes.ApiTokenCreated, 201, 'POST', '/api-tokens', {
      ...{ name: 'short', scopes: ['streams:read'], expires_in: 60, rate_limit: 5 },
    });
    await expectOf(shapes.ApiToken, 200, 'PUT', `/api-tokens/${token}`, { name: 'longer' });
    const revoked = await expectOf(shapes.ApiToken, 200, 'POST', `/api-tokens/${token}/revoke`);
    expect(revoked.revoked_at).not.toBeNull();
    expect((await call('DELETE', `/api-tokens/${token}`)).status).toBe(204);
  });
});

describe('errors have S3’s shape', () => {
  const nobody = { authorization: 'Bearer nj_nothing' };
  it.each<[string, string, number, string, unknown?, Record<string, string>?]>([
    ['GET', '/cameras', 401, 'Unauthorized', undefined, nobody],
    ['POST', '/auth/login', 401, 'Unauthorized', { username: 'admin', password: 'wrong' }],
    ['GET', '/cameras/nobody', 404, 'Not Found'],
    ['POST', '/cameras', 409, 'Conflict', { name: 'x', serial_number: 'SN-7' }],
    ['POST', '/cameras', 400, 'Bad Request', { location: 5 }],
    ['POST', '/cameras', 400, 'Bad Request', '{"name":'],
    ['GET', '/recordings?limit=501', 400, 'Bad Request'],
    ['GET', '/recordings/gate~none.mp4', 404, 'Not Found'],
    ['POST', '/recordings/{recording}/archive', 409, 'Conflict'],
    ['POST', '/streaming/publish-start', 403, 'Forbidden', { name: 'wrong' }],
    ['GET', '/nothing/here', 404, 'Not Found'],
    ['POST', '/cameras', 415, 'Unsupported Media Type', 'name=x', { 'content-type': 'text/plain' }],
  ])('%s %s: %i', async (method, path, statusCode, error, body, headers) => {
    const answer = await call(method, path.replace('{recording}', id()), body, headers);
    expect(shapes.PlatformError.parse(answer.body)).toMatchObject({ statusCode, error });
    expect(answer.status).toBe(statusCode);
  });

  it('validation lists the fields; a viewer is refused what it must not do', async () => {
    const answer = await call('POST', '/cameras', { location: 5, serial_number: '' });
    expect((answer.body as { message: unknown }).message).toEqual(
      expect.arrayContaining([expect.stringMatching(/^name: /), expect.stringMatching(/^location: /)]),
    );
    const mine = { authorization: viewer };
    expect((await call('GET', '/cameras/gate', undefined, mine)).body).toMatchObject({ rtmp_url: null });
    for (const [method, path] of [
      ['DELETE', '/cameras/gate'],
      ['POST', '/cameras/gate/toggle-recording'],
      ['GET', '/dashboard/system/metrics'],
      ['GET', '/users'],
    ] as const) {
      expect((await call(method, path, undefined, mine)).body).toMatchObject({
        statusCode: 403,
        error: 'Forbidden',
      });
    }
  });
});

it('a recording is deleted', async () => {
  expect((await call('DELETE', `/recordings/${recordingId}`)).status).toBe(204);
  expect((await call('GET', `/recordings/${recordingId}`)).status).toBe(404);
});
