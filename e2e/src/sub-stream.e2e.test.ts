import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeComplaints, probe } from './footage/ffmpeg.ts';
import { footage, footageBytes } from './footage/footage.ts';
import { outputOf } from './harness/command.ts';
import { eventually, Installation, REPOSITORY, recordsAgain, SyntheticCameras } from './harness/index.ts';

/** What a camera's second encoder makes of the same scene: 640x360, 25 pictures a second, 10 s. */
async function smallClip(folder: string): Promise<string> {
  const path = join(folder, 'sub.h264');
  const coder = 'aud=1:repeat-headers=1:scenecut=0:keyint=50:min-keyint=50:open-gop=0:force-cfr=1';
  await outputOf('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-framerate', '25', '-i', join(REPOSITORY, 'media/testdata/yard.h264')],
    ...[
      '-t',
      '10',
      '-vf',
      'scale=640:360',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-profile:v',
      'baseline',
    ],
    ...['-bf', '0', '-x264-params', coder, '-bsf:v', 'filter_units=remove_types=6', '-f', 'h264', path],
  ]);
  return path;
}

it('the main and the sub stream of a camera are recorded beside each other, and one stops without the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-sub-'));
  try {
    const clip = await smallClip(folder);
    await using main = await SyntheticCameras.start({ count: 1, clip: 'yard' });
    await using sub = await SyntheticCameras.start({ count: 1, clip });
    await using installation = await Installation.start();
    const { api, dataDir } = installation;
    const recording = { enabled: true };
    await api.addStream({ id: 'yard', source_url: main.urls[0]!, recording });
    await api.addStream({
      id: 'yard-sub',
      source_url: sub.urls[0]!,
      recording,
    });
    await recordsAgain(installation, ['yard', 'yard-sub'], new Set(), 20_000);
    await api.expect(200, 'POST', '/api/streams/yard-sub/recording/stop');
    const before = await footageBytes(dataDir, 'yard');
    const grows = async () => (await footageBytes(dataDir, 'yard')) > before + 100_000;
    await eventually('the main stream to be recorded on', grows, { timeoutMs: 15_000 });
    await api.expect(200, 'POST', '/api/streams/yard/recording/stop');
    for (const [id, width, height] of [
      ['yard', 1280, 720],
      ['yard-sub', 640, 360],
    ] as const) {
      const files = await footage(dataDir, id);
      const rows = await api.recordings(id);
      expect(rows.map(({ filename, size }) => [filename, size])).toEqual(
        files.map(({ filename, bytes }) => [filename, bytes]),
      );
      expect(files.length).toBe(1);
      expect((await probe(files[0]!.path)).video).toMatchObject({ width, height });
      expect(await decodeComplaints(files[0]!.path)).toBe('');
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
