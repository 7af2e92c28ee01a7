import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PrivacyOptions } from '@nightjar/contract';
import type { FromVision, ToVision, TrackDescription, Unit, VisionCounters } from '@nightjar/contract/vision';
import type { AudioFormat, Format, VideoFormat } from '@nightjar/media/codecs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { yardPictures, yardSound } from './testing/material.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Sessions opened and closed; an hour of a viewer who comes and goes every second in the long run. */
const CYCLES = SOAK ? 3_600 : 120;
const UNITS = 6;
/** Each so many cycles covers pictures as well: coding them takes longest. */
const COVERED = 3;
/**
 * Bytes by which the second half may end above the first: allocators settle late. In the short run a picture kept
 * by each cycle would be 55 MiB.
 */
const SLACK = (SOAK ? 16 : 40) * 1024 * 1024;

let child: ChildProcess;
const heard: FromVision[] = [];

beforeEach(() => {
  child = fork(join(import.meta.dirname, 'main.ts'), {
    serialization: 'advanced',
    env: { ...process.env, NIGHTJAR_VISION: 'native' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (message) => heard.push(message as FromVision));
});
afterEach(async () => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
});

const say = (message: ToVision): void => void child.send(message);

async function hear<T extends FromVision['type']>(
  type: T,
  id?: number,
): Promise<Extract<FromVision, { type: T }>> {
  const wanted = (message: FromVision): boolean =>
    message.type === type && (id === undefined || ('id' in message && message.id === id));
  for (;;) {
    const at = heard.findIndex(wanted);
    if (at >= 0) return heard.splice(at, 1)[0] as Extract<FromVision, { type: T }>;
    await once(child, 'message');
  }
}

function describe(format: Format): TrackDescription {
  const { width = 0, height = 0 } = format as Partial<VideoFormat>;
  const { channels = 0, sampleRate = 0 } = format as Partial<AudioFormat>;
  return { codec: format.codec.name, record: format.record, width, height, channels, sampleRate };
}

it(
  'takes no more memory after many starts and stops',
  async () => {
    await hear('ready');
    const pictures = await yardPictures(UNITS);
    const sound = await yardSound(UNITS);
    const rss: number[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      await openAndClose(
        cycle,
        pictures.units,
        describe(pictures.format),
        describe(sound.format),
        sound.units,
      );
      if (cycle % (CYCLES / 12) === 0) rss.push((await idle()).rss);
    }
    console.log(`${CYCLES} cycles, MiB: ${rss.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')}`);
    const [middle, end] = [rss.slice(4, 8), rss.slice(8)].map((some) => Math.min(...some));
    expect(end! - middle!).toBeLessThan(SLACK);
  },
  SOAK ? 3_600_000 : 60_000,
);

/** Its counters once everything that was closed is freed. */
async function idle(): Promise<VisionCounters> {
  for (;;) {
    say({ type: 'ping' });
    const { counters } = await hear('pong');
    if (counters.decoders === 0) return counters;
  }
}

async function openAndClose(
  cycle: number,
  pictures: readonly Unit[],
  track: TrackDescription,
  soundTrack: TrackDescription,
  sounds: readonly Unit[],
): Promise<void> {
  heard.length = 0;
  const [picture, sound, still, blur] = [4 * cycle, 4 * cycle + 1, 4 * cycle + 2, 4 * cycle + 3];
  say({ type: 'open_pictures', id: picture, track });
  say({
    type: 'outputs',
    id: picture,
    outputs: [{ id: 'a', width: cycle % 2 ? 640 : undefined, quality: 75, fps: 25 }],
  });
  say({
    type: 'open_sound',
    id: sound,
    track: soundTrack,
    target: { codec: cycle % 2 ? 'aac' : 'opus', sampleRate: 48_000, channels: 1 },
  });
  if (cycle % COVERED === 0) {
    say({ type: 'open_blur', id: blur, track, options: PrivacyOptions.parse({ cover: ['full', 'motion'] }) });
    for (const unit of pictures) say({ type: 'unit', id: blur, unit });
  }
  for (const unit of pictures) say({ type: 'unit', id: picture, unit });
  for (const unit of sounds) say({ type: 'unit', id: sound, unit });
  const job = { track, units: pictures.slice(0, 1), at: undefined, width: 320, quality: 50 };
  say({ type: 'still', id: still, job });
  await hear('picture', picture);
  if (cycle % COVERED === 0) await hear('coded', blur);
  say({ type: 'close', id: blur });
  say({ type: 'close', id: picture });
  say({ type: 'close', id: sound });
  await hear('still', still);
}
