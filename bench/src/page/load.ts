import { gzipSync } from 'node:zlib';
import { Browser, SyntheticCameras } from '@nightjar/e2e/harness';
import { median } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';

/** A phone of the middle, as Lighthouse has it: a quarter of this machine's speed. */
const SLOWED = 4;
const LOADS = 5;
const QUIET_MS = 3_000;
const KB = 1_000;

const BOUNDS = { script: 200 * KB, paint: 1_800, blocking: 200 } as const;

/** One load of a page with nothing in the cache. */
interface Load {
  readonly page: 'sign-in' | 'wall';
  /** Milliseconds from the request to the first text or picture. */
  readonly paintMs: number;
  /** Of every task longer than 50 ms the part beyond that, from the first paint until the page is quiet. Milliseconds. */
  readonly blockingMs: number;
  /** Bytes of script before anything is pressed, as gzip has them; hls.js is fetched when pictures play. */
  readonly scriptBytes: number;
}

/** Long tasks from the very beginning, as the browser tells them. */
const WATCH = `globalThis.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])))
  .observe({ type: 'longtask', buffered: true });`;

const PAINT = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime`;

async function zipped(url: string): Promise<number> {
  return gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length;
}

/** Opens the product's page anew in a browser of its own; with a token it is signed in and shows the wall. */
async function load(product: Product, page: Load['page']): Promise<Load> {
  await using browser = await Browser.start({ width: 390, height: 844 });
  const tab = browser.page;
  const scripts = new Set<string>();
  tab.on('request', (request) => {
    if (/\.js(\?|$)/.test(request.url()) && !/\/hls-/.test(request.url())) scripts.add(request.url());
  });
  await tab.addInitScript(WATCH);
  if (page === 'wall') {
    await tab.addInitScript(`sessionStorage.setItem('nightjar.token', ${JSON.stringify(product.api.token)})`);
  }
  const session = await tab.context().newCDPSession(tab);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  await tab.goto(product.api.base);
  await tab.locator(page === 'wall' ? '.wall' : 'form').waitFor();
  await tab.waitForTimeout(QUIET_MS);
  const paintMs = Number(await tab.evaluate(PAINT));
  const tasks = (await tab.evaluate('longTasks')) as [number, number][];
  const blocking = tasks.filter(([start]) => start >= paintMs).map(([, duration]) => duration - 50);
  const sizes = await Promise.all([...scripts].map(zipped));
  return {
    page,
    paintMs,
    blockingMs: blocking.reduce((sum, ms) => sum + ms, 0),
    scriptBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
  };
}

function goalsOf(page: Load['page'], rows: readonly Load[]): Goal[] {
  const of = (value: (row: Load) => number) => median(rows.map(value));
  const [script, paint, blocking] = [
    of((row) => row.scriptBytes),
    of((row) => row.paintMs),
    of((row) => row.blockingMs),
  ];
  return [
    {
      text: `${page}: ${(script / KB).toFixed(0)} kB of script, gzip (at most ${BOUNDS.script / KB})`,
      met: script <= BOUNDS.script,
    },
    {
      text: `${page}: first contentful paint after ${paint.toFixed(0)} ms, processor slowed ${SLOWED} times (at most ${BOUNDS.paint})`,
      met: paint <= BOUNDS.paint,
    },
    {
      text: `${page}: blocked for ${blocking.toFixed(0)} ms in all, processor slowed ${SLOWED} times (at most ${BOUNDS.blocking})`,
      met: blocking <= BOUNDS.blocking,
    },
  ];
}

/** What the page costs before anybody does something: script, first contentful paint, total blocking time. */
export async function pageBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using cameras = await SyntheticCameras.start({ count: 2 });
  await using product = await Product.start();
  for (const [i, source_url] of cameras.urls.entries()) {
    await product.api.addStream({ id: `cam-${i}`, source_url });
  }
  const pages = ['sign-in', 'wall'] as const;
  const rows: Load[] = [];
  for (const page of pages) {
    for (let i = 0; i < (quick ? 1 : LOADS); i += 1) rows.push(await load(product, page));
  }
  const of = (page: Load['page']) => rows.filter((row) => row.page === page);
  return {
    name: 'page',
    seed,
    head: ['median', 'script kB', 'paint ms', 'blocked ms'],
    table: pages.map((page) => [
      page,
      (median(of(page).map((row) => row.scriptBytes)) / KB).toFixed(0),
      median(of(page).map((row) => row.paintMs)).toFixed(0),
      median(of(page).map((row) => row.blockingMs)).toFixed(0),
    ]),
    rows,
    goals: pages.flatMap((page) => goalsOf(page, of(page))),
  };
}
