import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Browser, REPOSITORY, seededRandom } from '@nightjar/e2e/harness';
import { at } from '../clip/footage.ts';
import { sampleCpu } from '../measure/cpu.ts';
import { median, quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Report } from '../report.ts';
import { type Day, mended, recordDay } from './day.ts';
import { openInPage, type Seek, seekInPage } from './in-page.ts';

const ID = 'day';
const GOAL_MS = 150;

/** The player that the page has as well. */
const PLAYER = join(REPOSITORY, 'node_modules', 'hls.js', 'dist', 'hls.min.js');

/** Seconds of wall clock and of one core that work took in the engine and the server. */
async function costOf(product: Product, work: () => Promise<void>): Promise<{ wall: number; cpu: number }> {
  const began = performance.now();
  await work();
  const wall = (performance.now() - began) / 1000;
  const { engine = [], server = [] } = await product.parts();
  // Both since their start: the engine's is what the work began with.
  return { wall, cpu: (await sampleCpu([...engine, ...server])).statMs / 1000 };
}

/** Milliseconds from the order to the picture, at random seconds of the day, in Chromium by the product's playlist. */
async function seeks(product: Product, day: Day, random: () => number, many: number): Promise<Seek[]> {
  await using browser = await Browser.start({ width: 640, height: 400 });
  const { page } = browser;
  await page.goto(product.api.base);
  await page.evaluate(await readFile(PLAYER, 'utf8'));
  const url = `${product.api.base}/live/${ID}/playback.m3u8?start=${at(day.start)}&end=${at(day.end)}`;
  const seconds = await page.evaluate(openInPage, { url, token: product.api.token });
  const length = (day.end - day.start) / 1000;
  if (Math.abs(seconds - length) > 10) throw new Error(`the day plays ${seconds} s of ${length}`);
  const found: Seek[] = [];
  for (let n = 0; n < many; n++) {
    const to = Math.floor(random() * (length - 20));
    const seek = await page.evaluate(seekInPage, to);
    if (Math.abs(seek.at - to) > 0.11) throw new Error(`second ${to} shows ${seek.at}`);
    found.push(seek);
  }
  return found;
}

/** Where the time of the slowest tenth went. */
function slowest(found: readonly Seek[]): string[] {
  const slow = found.toSorted((a, b) => b.ms - a.ms).slice(0, Math.ceil(found.length / 10));
  return slow.map(({ ms, asked, loaded, appended, pieces }) => {
    const steps = `asked for ${pieces} after ${asked.toFixed(0)}, had them after ${loaded.toFixed(0)}`;
    return `slow, ${ms.toFixed(0)} ms: ${steps}, gave them to the browser after ${appended.toFixed(0)} ms`;
  });
}

/** A day of footage: what the next start costs, and how soon any second of it is seen. */
export async function seekBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using product = await Product.start();
  const hours = quick ? 1 : 24;
  const many = quick ? 20 : 100;
  const day = await recordDay(product, ID, hours * 3600);
  const start = await costOf(product, () => mended(product, ID, day));
  const random = seededRandom(seed);
  let found: Seek[] = [];
  const search = await costOf(product, async () => {
    found = await seeks(product, day, random, many);
  });
  const times = found.map(({ ms }) => ms);
  const typical = median(times);
  const texts = {
    made: `${hours} h in ${hours * 6} files, ${(day.bytes / 1e9).toFixed(2)} GB`,
    mended: `mended by the next start in ${start.wall.toFixed(1)} s, ${start.cpu.toFixed(1)} s of a core`,
    search: `${many} seeks in ${search.wall.toFixed(1)} s, engine and server spent ${(search.cpu - start.cpu).toFixed(1)} s of a core`,
  };
  for (const text of [...Object.values(texts), ...slowest(found)]) console.error(text);
  const share = (of: number) => quantile(times, of).toFixed(0);
  return {
    name: 'seek',
    seed,
    head: ['ms to the picture of a second', 'seeks', 'median', 'p95', 'max'],
    table: [[`${hours} hours, Chromium`, String(many), typical.toFixed(0), share(0.95), share(1)]],
    rows: [{ seeks: found, ...texts }],
    goals: [
      {
        text: `any second of ${hours} hours within ${GOAL_MS} ms: 95 of 100 within ${share(0.95)} ms, the slowest ${share(1)} ms`,
        met: quantile(times, 0.95) < GOAL_MS,
      },
    ],
  };
}
