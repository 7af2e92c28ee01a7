import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, Installation, outputOf, Program, SyntheticCameras } from './harness/index.ts';

let installation: Installation;
let cameras: SyntheticCameras;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-pushes-'));
  [installation, cameras] = await Promise.all([
    Installation.start(),
    SyntheticCameras.start({ count: 1, clip: 'yard' }),
  ]);
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]! });
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Push {
  readonly id: string;
  readonly url: string;
  readonly state: string | null;
}
const PATH = '/api/streams/yard/pushes';
const pushes = async () => ((await installation.api.expect(200, 'GET', PATH)) as { pushes: Push[] }).pushes;

it.each([
  ['rtmp', ['-listen', '1'], 'live/stage-key'],
  ['rtsp', ['-rtsp_flags', 'listen'], 'stage'],
])('ffmpeg as a server over %s gets picture and sound', async (scheme, listen, path) => {
  const url = `${scheme}://127.0.0.1:${await freePort()}/${path}`;
  const file = join(folder, `${scheme}.mkv`);
  const args = ['-nostdin', '-v', 'error', ...listen, '-i', url, '-map', '0', '-c', 'copy', '-t', '2', file];
  await using server = await Program.start({ name: 'server outside', command: 'ffmpeg', args });
  const { id, url: shown } = (await installation.api.expect(201, 'POST', PATH, { url })) as Push;
  if (scheme === 'rtmp') expect(shown).not.toContain('stage-key');
  const isLive = async () => (await pushes()).some((push) => push.id === id && push.state === 'live');
  await eventually('it is sent', isLive, { timeoutMs: 20_000 });
  expect(await server.exited).toMatchObject({ code: 0 });
  const entries = ['-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'csv=p=0'];
  const text = (await outputOf('ffprobe', ['-v', 'error', ...entries, file])).toString();
  const counted = Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(',') as [string, string]),
  );
  expect(Number(counted['h264'])).toBeGreaterThanOrEqual(30);
  expect(Number(counted['aac'])).toBeGreaterThanOrEqual(50);
  // The server has gone: it is tried again, and says so.
  await eventually(
    'it is tried again',
    async () => (await pushes()).some((push) => push.id === id && push.state === 'retrying'),
    { timeoutMs: 10_000 },
  );
  await installation.api.expect(204, 'DELETE', `${PATH}/${id}`);
});
