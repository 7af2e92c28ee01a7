import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { eventually, outputOf } from '@nightjar/e2e/harness';
import { at, description, nameAt } from '../clip/footage.ts';
import type { Product } from '../product/product.ts';

/** Seconds of one file. */
const FILE = 600;

export interface Day {
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
}

/** A film of ten minutes at 320x180, ten pictures a second, a key frame every two, in parts of a second. */
async function film(path: string): Promise<void> {
  const source = `testsrc2=size=320x180:rate=10:duration=${FILE}`;
  const coded = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '20',
    '-b:v',
    '150k',
  ];
  const parts = ['-movflags', 'empty_moov+default_base_moof+skip_trailer', '-frag_duration', '1000000'];
  await outputOf(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, ...coded, '-pix_fmt', 'yuv420p'],
      ...[...parts, '-video_track_timescale', '90000', '-write_prft', 'pts', path],
    ],
    { timeoutMs: 300_000 },
  );
}

/** Files of ten minutes that follow each other up to a minute ago, as a recorder that was killed leaves them. */
export async function recordDay(product: Product, streamId: string, seconds: number): Promise<Day> {
  await product.api.addStream({ id: streamId, source_url: 'publish:' });
  const folder = join(product.dataDir, 'recordings', 'hot', streamId);
  await mkdir(folder, { recursive: true });
  const path = join(product.dataDir, 'film.mp4');
  await film(path);
  const source = await open(path);
  const { buffer } = await source.read(Buffer.alloc(4), 0, 4, 0);
  const ftyp = Buffer.alloc(buffer.readUInt32BE(0));
  await source.read(ftyp, 0, ftyp.length, 0);
  await source.close();
  const count = Math.ceil(seconds / FILE);
  const start = Math.floor((Date.now() - (count * FILE + 60) * 1000) / 1000) * 1000;
  for (let n = 0; n < count; n++) {
    const begins = start + n * FILE * 1000;
    async function* pieces(): AsyncGenerator<Buffer> {
      yield ftyp;
      yield description(streamId, begins, n * FILE);
      yield* createReadStream(path, { start: ftyp.length, highWaterMark: 1024 * 1024 });
    }
    await pipeline(pieces, createWriteStream(join(folder, nameAt(begins))));
  }
  const bytes = (await stat(join(folder, nameAt(start)))).size * count;
  await rm(path);
  return { start, end: start + count * FILE * 1000, bytes };
}

/** Kills the engine and waits until the next one has mended every file and answers. */
export async function mended(product: Product, streamId: string, day: Day): Promise<void> {
  const { engine = [] } = await product.parts();
  for (const pid of engine) process.kill(pid, 'SIGTERM');
  const last = join(product.dataDir, 'recordings', 'hot', streamId, nameAt(day.start));
  const before = (await stat(last)).size;
  // Newest first: when the oldest has its index, all have.
  await eventually('an index behind every file', async () => (await stat(last)).size > before, {
    timeoutMs: 300_000,
  });
  const { base, token } = product.api;
  const query = `start=${at(day.start)}&end=${at(day.end)}`;
  const plays = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${base}/live/${streamId}/playback.m3u8?${query}`, { headers })).ok;
  };
  await eventually('the day to play', plays, { timeoutMs: 60_000 });
}
