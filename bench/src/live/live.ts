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
const SETTLE_MS = 2000;
const LOOKS = 10;

const PROTOCOLS = ['webrtc', 'mse', 'hls', 'mjpeg'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** Milliseconds in the median: from the click to the picture, and behind the camera. */
const BOUNDS: Readonly<Record<Protocol, { picture: number; behind: number }>> = {
  webrtc: { picture: 300, behind: 150 },
  mse: { picture: 300, behind: 300 },
  hls: { picture: 1000, behind: 1500 },
  mjpeg: { picture: 500, behind: 300 },
};

/** One join: milliseconds to the first picture, and behind the burned-in clock then and once settled. */
interface Row {
  readonly protocol: Protocol;
  readonly toPictureMs: number;
  readonly firstBehindMs: number | undefined;
  readonly behindMs: readonly number[];
}

interface Stage {
  readonly cameras: SyntheticCameras;
  readonly page: ProductPage;
  readonly protocol: Protocol;
}

function behind({ cameras }: Stage, camera: number, { shown, utc }: Sight): number | undefined {
  return shown === undefined ? undefined : minuteDifference(cameras.clockAt(camera, utc) - shown);
}

async function joinOnce(stage: Stage, camera: number): Promise<Row> {
  const { page, protocol } = stage;
  const id = IDS[camera]!;
  const selector = `.stream-page video[data-stream-id="${id}"]`;
  await page.page.evaluate(armJoin, selector);
  await page.open(id);
  const join = await page.page.evaluate(awaitJoin);
  await pause(SETTLE_MS);
  const runs = await page.page.locator('.player-protocol').getAttribute('data-protocol');
  if (runs !== protocol) throw new Error(`the player runs ${runs} and not ${protocol}`);
  const sights = await page.page.evaluate(lookAt, [selector, LOOKS] as const);
  await page.backToWall();
  return {
    protocol,
    toPictureMs: join.toPictureMs,
    firstBehindMs: behind(stage, camera, join),
    behindMs: sights.flatMap((sight) => behind(stage, camera, sight) ?? []),
  };
}

/** Joins by one protocol, in a browser of its own. */
async function joins(
  cameras: SyntheticCameras,
  product: Product,
  protocol: Protocol,
  count: number,
): Promise<Row[]> {
  await using browser = await Browser.start();
  await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
  await browser.page.addInitScript(installLook);
  const page = new ProductPage(browser.page, product.api);
  await page.signIn(`?way=${protocol}`);
  for (const id of IDS) await page.playing(id);
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    const row = await joinOnce({ cameras, page, protocol }, index % IDS.length);
    console.error(`${protocol}, join ${index + 1}: picture after ${row.toPictureMs.toFixed(0)} ms`);
    rows.push(row);
  }
  return rows;
}

function summary(name: string, values: readonly number[]): string[] {
  const at = (share: number) => quantile(values, share).toFixed(0);
  return [name, String(values.length), at(0), at(0.5), at(0.95), at(1)];
}

function tableOf(protocol: Protocol, rows: readonly Row[]): string[][] {
  return [
    summary(
      `${protocol}: click to first picture`,
      rows.map((row) => row.toPictureMs),
    ),
    summary(
      `${protocol}: first picture behind the clock`,
      rows.flatMap((row) => row.firstBehindMs ?? []),
    ),
    summary(
      `${protocol}: behind the clock after 2 s`,
      rows.flatMap((row) => row.behindMs),
    ),
  ];
}

function goalsOf(protocol: Protocol, rows: readonly Row[]): Goal[] {
  const bounds = BOUNDS[protocol];
  const picture = quantile(
    rows.map((row) => row.toPictureMs),
    0.5,
  );
  const delay = quantile(
    rows.flatMap((row) => row.behindMs),
    0.5,
  );
  return [
    {
      text: `${protocol}: first picture after ${picture.toFixed(0)} ms in the median (at most ${bounds.picture})`,
      met: picture <= bounds.picture,
    },
    {
      text: `${protocol}: ${delay.toFixed(0)} ms behind live in the median (at most ${bounds.behind})`,
      met: delay <= bounds.behind,
    },
  ];
}

/** Every way of the player in Chromium through the product's page: time to first picture, delay behind the camera. */
export async function liveBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using cameras = await SyntheticCameras.start({ count: IDS.length });
  await using product = await Product.start();
  for (const [index, id] of IDS.entries()) {
    const source_url = cameras.urls[index]!;
    await product.api.addStream({ id, source_url, recording: { enabled: true } });
  }
  await recordsAgain(product, IDS, new Set(), 15_000);
  const rows: Row[] = [];
  for (const protocol of PROTOCOLS) rows.push(...(await joins(cameras, product, protocol, quick ? 4 : 20)));
  const of = (protocol: Protocol) => rows.filter((row) => row.protocol === protocol);
  return {
    name: 'live',
    seed,
    head: ['milliseconds', 'n', 'min', 'median', 'p95', 'max'],
    table: PROTOCOLS.flatMap((protocol) => tableOf(protocol, of(protocol))),
    rows,
    goals: PROTOCOLS.flatMap((protocol) => goalsOf(protocol, of(protocol))),
  };
}
