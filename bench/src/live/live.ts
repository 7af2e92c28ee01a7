import { setTimeout as pause } from 'node:timers/promises';
import {
  Browser,
  minuteDifference,
  ProductPage,
  recordsAgain,
  SyntheticCameras,
} from '@nightjar/e2e/harness';
import { readClockBar } from '@nightjar/media/testing';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { armJoin, awaitJoin, installLook, lookAt, type Sight } from './in-page.ts';

const IDS = ['yard', 'door'];
const SETTLE_MS = 3000;
const LOOKS = 10;

/** One join: milliseconds to the first picture, and behind the burned-in clock then and once settled. */
interface Row {
  readonly toPictureMs: number;
  readonly firstBehindMs: number | undefined;
  readonly behindMs: readonly number[];
}

interface Stage {
  readonly cameras: SyntheticCameras;
  readonly page: ProductPage;
}

function behind({ cameras }: Stage, camera: number, { shown, utc }: Sight): number | undefined {
  return shown === undefined ? undefined : minuteDifference(cameras.clockAt(camera, utc) - shown);
}

async function joinOnce(stage: Stage, camera: number): Promise<Row> {
  const { page } = stage;
  const id = IDS[camera]!;
  const selector = `.stream-page video[data-stream-id="${id}"]`;
  await page.page.evaluate(armJoin, selector);
  await page.open(id);
  const join = await page.page.evaluate(awaitJoin);
  await pause(SETTLE_MS);
  const sights = await page.page.evaluate(lookAt, [selector, LOOKS] as const);
  await page.backToWall();
  return {
    toPictureMs: join.toPictureMs,
    firstBehindMs: behind(stage, camera, join),
    behindMs: sights.flatMap((sight) => behind(stage, camera, sight) ?? []),
  };
}

function summary(name: string, values: readonly number[]): string[] {
  const at = (share: number) => quantile(values, share).toFixed(0);
  return [name, String(values.length), at(0), at(0.5), at(0.95), at(1)];
}

function goalsOf(toPicture: readonly number[], behindClock: readonly number[]): Goal[] {
  const [picture, delay] = [quantile(toPicture, 0.5), quantile(behindClock, 0.5)];
  return [
    { text: `first picture after ${picture.toFixed(0)} ms in the median (below 1000)`, met: picture < 1000 },
    { text: `${delay.toFixed(0)} ms behind live in the median (below 2000)`, met: delay < 2000 },
  ];
}

/** Low-latency HLS in Chromium through the product's page: time to first picture, and delay behind the camera. */
export async function liveBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using cameras = await SyntheticCameras.start({ count: IDS.length });
  await using product = await Product.start();
  for (const [index, id] of IDS.entries()) {
    const source_url = cameras.urls[index]!;
    await product.api.addStream({ id, source_url, recording: { enabled: true } });
  }
  await recordsAgain(product, IDS, new Set(), 15_000);
  await using browser = await Browser.start();
  await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
  await browser.page.addInitScript(installLook);
  const page = new ProductPage(browser.page, product.api);
  await page.signIn();
  for (const id of IDS) await page.playing(id);

  const rows: Row[] = [];
  for (let index = 0; index < (quick ? 4 : 20); index++) {
    const row = await joinOnce({ cameras, page }, index % IDS.length);
    console.error(`join ${index + 1}: picture after ${row.toPictureMs.toFixed(0)} ms`);
    rows.push(row);
  }
  const toPicture = rows.map((row) => row.toPictureMs);
  const first = rows.flatMap((row) => row.firstBehindMs ?? []);
  const settled = rows.flatMap((row) => row.behindMs);
  return {
    name: 'live',
    seed,
    head: ['milliseconds', 'n', 'min', 'median', 'p95', 'max'],
    table: [
      summary('click to first picture', toPicture),
      summary('first picture behind the clock', first),
      summary('behind the clock after 3 s', settled),
    ],
    rows,
    goals: goalsOf(toPicture, settled),
  };
}
