import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Browser,
  ForeignPeer,
  installClock,
  leave,
  outputOf,
  readClock,
  recordsAgain,
  type Sight,
  SyntheticCameras,
  type Watching,
  watchByWhep,
} from '@nightjar/e2e/harness';
import { readClockBar } from '@nightjar/media/testing';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { type FanOut, LOOP_PROBE, measureFanOut } from './fan-out.ts';

const CLIPS = fileURLToPath(new URL('../../../.cache/bench-clips/', import.meta.url));
const MAKE_CLIPS = fileURLToPath(new URL('../../../media/testdata/make-clips.sh', import.meta.url));
/** 1080p30, 4 Mbit/s: about 450 packets a second and viewer. */
const FULL = `${CLIPS}full.h264`;
const ID = 'full';
/** 720p30, 2 Mbit/s. */
const HALF = `${CLIPS}half.h264`;
const HALF_ID = 'half';
const LOOKS = 10;
/** Of that clip. */
const LOOP_MS = 10_000;

interface Join {
  readonly toPictureMs: number;
  readonly behindMs: readonly number[];
}

/** `ms` brought into half a loop either way: the clip's clock begins anew with it. */
function loopDifference(ms: number): number {
  const rest = ((ms % LOOP_MS) + LOOP_MS) % LOOP_MS;
  return rest > LOOP_MS / 2 ? rest - LOOP_MS : rest;
}

async function joinOnce(browser: Browser, product: Product, cameras: SyntheticCameras): Promise<Join> {
  const request = { path: `/whep/${ID}`, token: product.api.token };
  const { index, toPictureMs } = (await browser.page.evaluate(
    watchByWhep as never,
    request as never,
  )) as Watching;
  // Behind the clock once the first second, in which the GOP is caught up with, is over.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const behindMs: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const { shown, utc } = (await browser.page.evaluate(readClock as never, index as never)) as Sight;
    if (shown !== undefined) behindMs.push(loopDifference(cameras.clockAt(0, utc) - shown));
  }
  await browser.page.evaluate(leave as never, index as never);
  return { toPictureMs, behindMs };
}

async function joins(product: Product, cameras: SyntheticCameras, count: number): Promise<Join[]> {
  await using browser = await Browser.start();
  await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
  await browser.page.addInitScript(installClock);
  await browser.page.goto(`${product.api.base}/health`);
  const all: Join[] = [];
  for (let index = 0; index < count; index++) {
    const join = await joinOnce(browser, product, cameras);
    console.error(`join ${index + 1}: picture after ${join.toPictureMs.toFixed(0)} ms`);
    all.push(join);
  }
  return all;
}

/** Microseconds of the engine's CPU time for each packet beyond what it needs without viewers. */
const perPacket = (cost: FanOut, idle: FanOut): number =>
  ((cost.engineMs - idle.engineMs) * 1000) / cost.packetsPerSecond;

function summary(name: string, values: readonly number[]): string[] {
  const at = (share: number) => quantile(values, share).toFixed(0);
  return [name, String(values.length), at(0), at(0.5), at(0.95), at(1)];
}

interface Cost extends FanOut {
  readonly what: string;
  readonly us: number;
}

function goalsOf(all: readonly Join[], costs: readonly Cost[]): Goal[] {
  const picture = quantile(
    all.map(({ toPictureMs }) => toPictureMs),
    0.5,
  );
  const behind = quantile(
    all.flatMap(({ behindMs }) => behindMs),
    0.5,
  );
  return [
    {
      text: `picture ${picture.toFixed(0)} ms after the answer in the median (at most 150)`,
      met: picture <= 150,
    },
    {
      text: `${behind.toFixed(0)} ms behind the camera's clock in the median (at most 150)`,
      met: behind <= 150,
    },
    ...costs.map(({ what, us }) => ({
      text: `${what}: ${us.toFixed(1)} µs a packet (at most 16)`,
      met: us <= 16,
    })),
    ...costs.map(({ what, loopLate }) => ({
      text: `${what}: the server's event loop is ${loopLate.toFixed(1)} ms late at p99 (at most 10)`,
      met: loopLate <= 10,
    })),
  ];
}

/** WebRTC in Chromium by WHEP: first picture and delay; and what a packet costs with many libdatachannel viewers. */
export async function webrtcBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  if (!existsSync(FULL) || !existsSync(HALF))
    await outputOf(MAKE_CLIPS, ['bench', CLIPS], { timeoutMs: 300_000 });
  await using cameras = await SyntheticCameras.start({ count: 1, clip: FULL });
  await using halves = await SyntheticCameras.start({ count: 1, clip: HALF });
  await using product = await Product.start({ env: LOOP_PROBE });
  await product.api.addStream({ id: ID, source_url: cameras.urls[0]!, recording: { enabled: true } });
  await product.api.addStream({ id: HALF_ID, source_url: halves.urls[0]!, recording: { enabled: true } });
  await recordsAgain(product, [ID, HALF_ID], new Set(), 15_000);
  const all = await joins(product, cameras, quick ? 4 : 20);
  const window = quick ? { warmUpMs: 2_000, windowMs: 3_000 } : { warmUpMs: 10_000, windowMs: 10_000 };
  const measure = (streamId: string, viewers: number) =>
    measureFanOut({ product, streamId, viewers, ...window });
  const idle = await measure(ID, 0);
  const costs: Cost[] = [];
  const crowds = [
    ...(quick ? [20] : [50, 100]).map((viewers) => ({ streamId: ID, rate: 4, viewers })),
    { streamId: HALF_ID, rate: 2, viewers: quick ? 40 : 200 },
  ];
  for (const { streamId, rate, viewers } of crowds) {
    const fan = await measure(streamId, viewers);
    costs.push({ ...fan, what: `${viewers} viewers of ${rate} Mbit/s`, us: perPacket(fan, idle) });
    console.error(`${viewers} viewers of ${rate} Mbit/s: ${costs.at(-1)!.us.toFixed(1)} µs a packet`);
  }
  await ForeignPeer.release();
  const behind = all.flatMap(({ behindMs }) => behindMs);
  return {
    name: 'webrtc',
    seed,
    head: ['', 'n', 'min', 'median', 'p95', 'max'],
    table: [
      summary(
        'ms from the answer to the first picture',
        all.map(({ toPictureMs }) => toPictureMs),
      ),
      summary('ms behind the clock', behind),
      ...costs.map(({ what, us, packetsPerSecond }) => [
        `µs a packet, ${what}, ${packetsPerSecond.toFixed(0)} packets/s`,
        ...['1', '', us.toFixed(1), '', ''],
      ]),
      ...costs.map(({ what, answers }) => summary(`ms to an answer of the server, ${what}`, answers)),
    ],
    rows: [...all, idle, ...costs],
    goals: goalsOf(all, costs),
  };
}
