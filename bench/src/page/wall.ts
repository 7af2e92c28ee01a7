import { setTimeout as pause } from 'node:timers/promises';
import { Browser, eventually, ProductPage, SyntheticCameras } from '@nightjar/e2e/harness';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import { prepareClips, SMALL } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';

type Page = Browser['page'];
type Session = Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>>;

const CAMERAS = 16;
const WIDE = { width: 1920, height: 1080 };
/** The wall is looked at for so long, and measured in so many steps. */
const WHOLE = { steps: 20, stepMs: 30_000 };
const QUICK = { steps: 4, stepMs: 5_000 };
/** Pictures begin, code is compiled, caches fill. */
const WARM_MS = 15_000;
const MIB = 1024 * 1024;
/** By so much the page may be larger in the last quarter than in the first, by the median: what a collection leaves. */
const GROWTH_MIB = 8;
const TASK_MS = 50;

/** What one step of watching was like. */
interface Step {
  readonly at: number;
  /** Bytes of script objects after a collection. */
  readonly heap: number;
  readonly nodes: number;
  /** Milliseconds of every task of the main thread beyond 50 ms. */
  readonly longTasks: readonly number[];
  /** How late a timer of 50 ms came each time, milliseconds: what a press of a key has to wait. */
  readonly late: readonly number[];
  readonly shown: number;
  readonly dropped: number;
}

const WATCH = `(() => {
  const watch = { longTasks: [], late: [] };
  globalThis.wallWatch = watch;
  new PerformanceObserver((list) => watch.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
  let due = performance.now() + 50;
  const tick = () => {
    const now = performance.now();
    watch.late.push(Math.max(0, now - due));
    due = now + 50;
    setTimeout(tick, 50);
  };
  setTimeout(tick, 50);
})()`;

const LOOK = `(() => {
  const { longTasks, late } = wallWatch;
  Object.assign(wallWatch, { longTasks: [], late: [] });
  const quality = [...document.querySelectorAll('video')].map((video) => video.getVideoPlaybackQuality());
  const sum = (of) => quality.reduce((all, one) => all + of(one), 0);
  return {
    longTasks, late,
    shown: sum(({ totalVideoFrames, droppedVideoFrames }) => totalVideoFrames - droppedVideoFrames),
    dropped: sum(({ droppedVideoFrames }) => droppedVideoFrames),
  };
})()`;

const PLAYING = `[...document.querySelectorAll('video')].filter((video) => video.currentTime > 0).length`;

async function look(page: Page, session: Session, at: number): Promise<Step> {
  const seen = (await page.evaluate(LOOK)) as Pick<Step, 'longTasks' | 'late' | 'shown' | 'dropped'>;
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const figure = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return { at, heap: figure('JSHeapUsedSize'), nodes: figure('Nodes'), ...seen };
}

async function watch(product: Product, { steps, stepMs }: typeof WHOLE): Promise<Step[]> {
  await using browser = await Browser.start(WIDE);
  const { page } = browser;
  await new ProductPage(page, product.api).signIn();
  const all = async () => (await page.evaluate(PLAYING)) === CAMERAS;
  await eventually('every picture moves', all, { timeoutMs: 120_000, everyMs: 500 });
  await pause(WARM_MS);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.evaluate(WATCH);
  const begun = performance.now();
  const found: Step[] = [];
  for (let i = 0; i < steps; i += 1) {
    await pause(stepMs);
    const step = await look(page, session, (performance.now() - begun) / 1000);
    const longest = Math.max(0, ...step.longTasks).toFixed(0);
    console.error(
      `${step.at.toFixed(0)} s: ${(step.heap / MIB).toFixed(1)} MiB, ${step.longTasks.length} long tasks, longest ${longest} ms`,
    );
    found.push(step);
  }
  return found;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

function goalsOf(steps: readonly Step[]): Goal[] {
  const quarter = Math.max(1, Math.floor(steps.length / 4));
  const heap = (part: readonly Step[]) => median(part.map((step) => step.heap)) / MIB;
  const grown = heap(steps.slice(-quarter)) - heap(steps.slice(0, quarter));
  const late = quantile(
    steps.flatMap((step) => step.late),
    0.95,
  );
  return [
    {
      text: `wall of ${CAMERAS}: page memory ${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MiB from the first to the last quarter (at most ${GROWTH_MIB})`,
      met: grown <= GROWTH_MIB,
    },
    {
      text: `wall of ${CAMERAS}: the main thread was busy for ${late.toFixed(0)} ms at p95 when something waited for it (below ${TASK_MS})`,
      met: late < TASK_MS,
    },
  ];
}

/** Sixteen cameras on one wall for ten minutes: memory of the page, how busy its main thread is, frames dropped. */
export async function wallBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  await using cameras = await SyntheticCameras.start({ count: CAMERAS, clip: SMALL });
  await using product = await Product.start();
  for (const [i, source_url] of cameras.urls.entries()) {
    await product.api.addStream({ id: `cam-${i}`, source_url });
  }
  const steps = await watch(product, quick ? QUICK : WHOLE);
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const tasks = steps.flatMap((step) => step.longTasks);
  const late = steps.flatMap((step) => step.late);
  const at = (values: readonly number[], share: number) =>
    values.length === 0 ? '0' : quantile(values, share).toFixed(0);
  const [shown, dropped] = [last.shown - first.shown, last.dropped - first.dropped];
  return {
    name: 'wall',
    seed,
    head: ['wall of 16', 'first', 'last', 'p50', 'p95', 'max'],
    table: [
      ['page memory, MiB', (first.heap / MIB).toFixed(1), (last.heap / MIB).toFixed(1), '', '', ''],
      ['nodes', String(first.nodes), String(last.nodes), '', '', ''],
      ['waiting for the main thread, ms', '', '', at(late, 0.5), at(late, 0.95), at(late, 1)],
      [`long tasks (${tasks.length}), ms`, '', '', at(tasks, 0.5), at(tasks, 0.95), at(tasks, 1)],
      [`frames dropped of ${shown + dropped}`, '', String(dropped), '', '', ''],
    ],
    rows: steps.map(({ late: _late, ...step }) => step),
    goals: goalsOf(steps),
  };
}
