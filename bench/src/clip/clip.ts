import { createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { eventually, outputOf } from '@nightjar/e2e/harness';
import { median, quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { FILM, prepareFilm } from '../rtmp/publishers.ts';
import { at, description, nameAt } from './footage.ts';

const CLIP_SECONDS = 30;
const RATIO_GOAL = 5;
const CLIP_GOAL_MS = 200;
const BOOKMARK_GOAL_MS = 300;
const AT_ONCE = 50;
/** Footage of so many seconds at 4 Mbit/s in parts of a second, without waiting for them; its beginning in UTC ms. */
async function record(product: Product, seconds: number): Promise<{ start: number; file: string }> {
  const { api, dataDir } = product;
  await api.addStream({ id: 'hour', source_url: 'publish:' });
  const start = Math.floor((Date.now() - (seconds + 60) * 1000) / 1000) * 1000;
  const folder = join(dataDir, 'recordings', 'hot', 'hour');
  await mkdir(folder, { recursive: true });
  const film = join(dataDir, 'film.mp4');
  // As the recorder writes them: a fragment for each picture and each unit of sound.
  const parts = ['-movflags', 'empty_moov+default_base_moof+skip_trailer+frag_every_frame'];
  parts.push('-video_track_timescale', '90000');
  await outputOf(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-stream_loop', '-1', '-i', FILM, '-t', String(seconds), '-c', 'copy'],
      ...[...parts, '-write_prft', 'pts', film],
    ],
    { timeoutMs: 600_000 },
  );
  const file = join(folder, nameAt(start));
  const source = await open(film);
  const { buffer } = await source.read(Buffer.alloc(4), 0, 4, 0);
  const ftyp = Buffer.alloc(buffer.readUInt32BE(0));
  await source.read(ftyp, 0, ftyp.length, 0);
  const rest = source.createReadStream({ start: ftyp.length });
  async function* pieces(): AsyncGenerator<Buffer> {
    yield ftyp;
    yield description('hour', start);
    yield* rest;
  }
  await pipeline(pieces, createWriteStream(file));
  await source.close();
  await rm(film);
  await closed(product, file);
  return { start, file };
}

/** The next start of the engine closes the file with its index, as the recorder does with its own. */
async function closed(product: Product, file: string): Promise<void> {
  const before = (await stat(file)).size;
  const { engine = [] } = await product.parts();
  for (const pid of engine) process.kill(pid, 'SIGTERM');
  const mended = async () => (await stat(file)).size > before;
  await eventually('an index behind the footage', mended, { timeoutMs: 60_000 });
  const { base, token } = product.api;
  const plays = async () =>
    (
      await fetch(
        `${base}/live/hour/clip.mp4?start=${at(Date.now() - 120_000)}&end=${at(Date.now() - 119_000)}`,
        {
          method: 'HEAD',
          headers: { authorization: `Bearer ${token}` },
        },
      )
    ).ok;
  await eventually('the engine again', plays, { timeoutMs: 60_000 });
}

interface Took {
  /** Milliseconds, starts of programs included. */
  readonly ms: number;
  /** Milliseconds until its first byte came: until it was known what it is made of. */
  readonly first: number;
}

/** One clip by the product, written to a file by a program of its own as the other is. */
async function byProduct({ api }: Product, start: number, target: string): Promise<Took> {
  const query = `start=${at(start)}&end=${at(start + CLIP_SECONDS * 1000)}`;
  const began = performance.now();
  const told = await outputOf('curl', [
    ...['--silent', '--show-error', '--fail', '--output', target, '--write-out', '%{time_starttransfer}'],
    ...['--header', `Authorization: Bearer ${api.token}`, `${api.base}/live/hour/clip.mp4?${query}`],
  ]);
  return { ms: performance.now() - began, first: Number(told) * 1000 };
}

/** As it is usually called; or with its tables in front, as the product's clips have them. */
async function byFfmpeg(file: string, offset: number, target: string, inFront: boolean): Promise<number> {
  const began = performance.now();
  const args = ['-nostdin', '-v', 'error', '-y', '-ss', offset.toFixed(3), '-i', file];
  const how = ['-t', String(CLIP_SECONDS), '-c', 'copy', ...(inFront ? ['-movflags', '+faststart'] : [])];
  await outputOf('ffmpeg', [...args, ...how, target]);
  return performance.now() - began;
}

/** Milliseconds of bookmarks of 10 s of the past, picture included, one after the other or all at once. */
async function bookmarks(
  product: Product,
  center: number,
  many: number,
  together: boolean,
): Promise<number[]> {
  const times: number[] = [];
  const one = async (n: number): Promise<void> => {
    const began = performance.now();
    // Longer than the client of the tests would wait: what a busy machine takes is a figure too.
    const answer = await fetch(`${product.api.base}/v2/streams/hour/bookmarks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${product.api.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source: 'historical', center_timestamp: at(center + n * 1000), label: `${n}` }),
    });
    const { id, status } = (await answer.json()) as { id?: string; status?: string };
    if (answer.status !== 201) throw new Error(`bookmark: ${answer.status}`);
    // On a machine that is busy otherwise the answer comes before the clip.
    if (status !== 'ready') await isReady(product, id!);
    times.push(performance.now() - began);
  };
  if (together) await Promise.all(Array.from({ length: many }, (_, n) => one(n)));
  else for (let n = 0; n < many; n++) await one(n);
  return times;
}

async function isReady({ api }: Product, id: string): Promise<void> {
  const look = async () => {
    const { status } = (await api.expect(200, 'GET', `/v2/bookmarks/${id}`)) as { status: string };
    if (status === 'failed') throw new Error(`bookmark ${id} failed`);
    return status === 'ready';
  };
  await eventually('the bookmark', look, { timeoutMs: 60_000 });
}

const row = (name: string, times: readonly number[]): string[] => [
  name,
  median(times).toFixed(1),
  quantile(times, 0.95).toFixed(1),
];

/** Clips of half a minute out of an hour, beside ffmpeg's copy of the same range of the same file, in turn. */
export async function clipBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await prepareFilm();
  await using product = await Product.start();
  const seconds = quick ? 300 : 3_600;
  const runs = quick ? 10 : 50;
  const { start, file } = await record(product, seconds);
  const target = join(product.dataDir, 'clip.mp4');
  const ours: number[] = [];
  const first: number[] = [];
  const theirs: number[] = [];
  const inFront: number[] = [];
  let bytes = 0;
  for (let i = 0; i < runs; i++) {
    const offset = 20 + ((seconds - 80) * ((i * 37) % runs)) / runs + 0.4;
    const took = await byProduct(product, start + offset * 1000, target);
    ours.push(took.ms);
    first.push(took.first);
    bytes = (await stat(target)).size;
    theirs.push(await byFfmpeg(file, offset, target, false));
    inFront.push(await byFfmpeg(file, offset, target, true));
  }
  await rm(target);
  const single = await bookmarks(product, start + 60_000, runs, false);
  const together = await bookmarks(product, start + 60_000, AT_ONCE, true);
  const ratio = median(theirs) / median(ours);
  const goals: Goal[] = [
    {
      text: `a clip of ${CLIP_SECONDS} s within ${CLIP_GOAL_MS} ms: ${median(ours).toFixed(1)} ms`,
      met: median(ours) < CLIP_GOAL_MS,
    },
    {
      text: `at least ${RATIO_GOAL} times as fast as ffmpeg -c copy: ${ratio.toFixed(1)} times`,
      met: ratio >= RATIO_GOAL,
    },
    {
      text: `a bookmark of 10 s with its picture within ${BOOKMARK_GOAL_MS} ms: ${median(single).toFixed(0)} ms`,
      met: median(single) <= BOOKMARK_GOAL_MS,
    },
  ];
  return {
    name: 'clip',
    seed,
    head: ['ms', 'median', 'p95'],
    table: [
      row(`clip of ${CLIP_SECONDS} s (${(bytes / 1e6).toFixed(1)} MB) of ${seconds / 60} min`, ours),
      row('of which until its first byte', first),
      row('ffmpeg -ss … -c copy', theirs),
      row('ffmpeg -ss … -c copy -movflags +faststart', inFront),
      row('bookmark of 10 s, with its picture', single),
      row(`${AT_ONCE} bookmarks at once`, together),
    ],
    rows: [{ ours, first, theirs, inFront, single, together, bytes, seconds }],
    goals,
  };
}
