import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrivacyOptions } from '@nightjar/contract';
import type { FromVision, ToVision, VisionCounters } from '@nightjar/contract/vision';
import type { H264Format } from '@nightjar/media/codecs';
import { loadClip } from '@nightjar/media/testing';
import { expect, it } from 'vitest';
import { decodeBy } from './testing/material.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Pictures of the camera: an hour of 15 a second, or a minute of them. */
const PICTURES = (SOAK ? 3_600 : 64) * 15;
/** Units under way at once, as the engine has at most. */
const WINDOW = 32;
/** Bytes by which the last quarter may lie above the second: a picture kept in a thousand would be 4 MiB of 86 kB each. */
const SLACK = 8 * 1024 * 1024;
const CLIP = fileURLToPath(new URL('../../media/testdata/yard.h264', import.meta.url));

it('covers an hour of pictures, as fast as they can be covered, in memory that stays as it is', {
  timeout: SOAK ? 1_200_000 : 90_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-hour-'));
  const child = fork(join(import.meta.dirname, 'main.ts'), {
    serialization: 'advanced',
    execArgv: ['--max-semi-space-size=2'],
    env: { ...process.env, NIGHTJAR_VISION: 'native', MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await once(child, 'message');
    const { format, units } = await smallUnits(folder);
    const say = (message: ToVision): void => void child.send(message);
    const rss: number[] = [];
    let [coded, taken, failed] = [0, 0, ''];
    let wake: () => void = () => undefined;
    child.on('message', (message: FromVision) => {
      if (message.type === 'coded') coded++;
      else if (message.type === 'taken') taken += message.units;
      else if (message.type === 'failed') failed = message.message;
      else if (message.type === 'pong') rss.push((message.counters as VisionCounters).rss);
      wake();
    });
    const { record, width, height } = format;
    const track = { codec: 'h264', record, width, height, channels: 0, sampleRate: 0 };
    const options = PrivacyOptions.parse({ cover: ['motion'], max_fps: 30, downscale: 1 });
    say({ type: 'open_blur', id: 1, track, options });
    for (let i = 0; i < PICTURES && failed === ''; i++) {
      const { key, data } = units[i % units.length]!;
      say({ type: 'unit', id: 1, unit: { data, key, time: i * 6_000, arrival: i * 66, show: true } });
      if (i % (PICTURES / 40) === 0) say({ type: 'ping' });
      while (i - taken >= WINDOW && failed === '') {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const quarter = rss.length / 4;
    const least = (from: number): number => Math.min(...rss.slice(from * quarter, (from + 1) * quarter));
    console.log(`${coded} pictures, MiB: ${rss.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')}`);
    expect(failed).toBe('');
    expect(coded).toBeGreaterThan(PICTURES - 2 * WINDOW);
    expect(least(3) - least(1)).toBeLessThan(SLACK);
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true });
  }
});

/** Ten seconds of the yard, 15 small pictures a second. */
async function smallUnits(folder: string) {
  const keys = 'aud=1:repeat-headers=1:scenecut=0:keyint=30:min-keyint=30:open-gop=0:force-cfr=1';
  const bytes = await decodeBy(
    [
      ...['-r', '25', '-i', CLIP, '-t', '10', '-vf', 'fps=15,scale=320:180', '-c:v', 'libx264', '-bf', '0'],
      ...['-preset', 'ultrafast', '-x264-params', keys, '-f', 'h264'],
    ],
    Buffer.alloc(0),
  );
  const path = join(folder, 'small.h264');
  await writeFile(path, bytes);
  const { video } = await loadClip(path);
  const units = video.frames.map(({ key, units: nals }) => ({
    key,
    data: Buffer.concat(nals.flatMap((nal) => [lengthOf(nal), nal])),
  }));
  return { format: video.format as H264Format, units };
}

function lengthOf(nal: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return length;
}
