import { setTimeout as pause } from 'node:timers/promises';
import {
  Browser,
  eventually,
  minuteDifference,
  prepareImages,
  SyntheticCameras,
  seededRandom,
  watchImage,
} from '@nightjar/e2e/harness';
import { cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { FfmpegViewers } from './ffmpeg.ts';
import { Viewers } from './viewers.ts';

const VIEWERS = 10;
const PATH = '/live/yard/mjpeg';
const RATIO_GOAL = 8;
const PICTURE_GOAL = 500;
const BEHIND_GOAL = 300;
const STILL_GOAL = 100;
/** Longest pause between two stills: their moments are not those of the pictures. */
const BETWEEN_STILLS_MS = 300;

interface Cost {
  readonly name: string;
  /** CPU milliseconds a second, everything that is needed together. */
  readonly cpuMs: number;
  /** The same by program. */
  readonly parts: Readonly<Record<string, number>>;
  /** Pictures a second of one viewer, the fewest. */
  readonly fps: number;
  /** CPU milliseconds for each picture that a viewer got: a machine that is too busy gives fewer. */
  readonly pictureMs: number;
}

interface Watched {
  readonly pictures: readonly number[];
}

type Parts = Readonly<Record<string, readonly number[]>>;

/** What a row of viewers costs over a window, once every one of them has pictures. */
async function cost(
  name: string,
  watched: Watched,
  partsOf: () => Promise<Parts>,
  windowMs: number,
): Promise<Cost> {
  const flowing = () => watched.pictures.every((count) => count > 25);
  await eventually(`pictures of ${name}`, flowing, { timeoutMs: 60_000 });
  await pause(2_000);
  const parts = Object.entries(await partsOf());
  const sample = () => Promise.all(parts.map(([, pids]) => sampleCpu(pids)));
  const counts = [...watched.pictures];
  const before = await sample();
  await pause(windowMs);
  const after = await sample();
  const seconds = (after[0]!.at - before[0]!.at) / 1000;
  const each = parts.map(
    ([part, pids], index) =>
      [part, cpuBetween(before[index]!, after[index]!, pids.length) / seconds] as const,
  );
  const got = watched.pictures.map((count, index) => count - counts[index]!);
  const cpuMs = each.reduce((sum, [, ms]) => sum + ms, 0);
  const pictureMs = (cpuMs * seconds) / got.reduce((sum, count) => sum + count, 0);
  return { name, cpuMs, parts: Object.fromEntries(each), fps: Math.min(...got) / seconds, pictureMs };
}

interface Join {
  readonly toPictureMs: number;
  readonly behindMs: readonly number[];
}

/** Joins in Chromium, each by an `<img>` of its own; the process behind it is there for the first one already. */
async function joins(product: Product, cameras: SyntheticCameras, count: number): Promise<Join[]> {
  const { api } = product;
  await using browser = await Browser.start();
  await browser.page.setExtraHTTPHeaders({ authorization: `Bearer ${api.token}` });
  await prepareImages(browser.page);
  await browser.page.goto(`${api.base}/health`);
  const rows: Join[] = [];
  for (let index = 0; index < count; index++) {
    const sights = await watchImage(browser.page, `${PATH}?width=1280&n=${index}`, 2_000);
    const read = sights.flatMap(({ shown, utc }) =>
      shown === undefined ? [] : [minuteDifference(cameras.clockAt(0, utc) - shown)],
    );
    const first = sights.find(({ shown }) => shown !== undefined);
    if (!first) throw new Error('no picture within 2 s');
    rows.push({ toPictureMs: first.after, behindMs: read.slice(5) });
  }
  return rows;
}

/** Milliseconds to each still of a stream whose pixels are decoded already, while nobody watches it. */
async function stills({ api }: Product, count: number, random: () => number): Promise<number[]> {
  const still = async (): Promise<number> => {
    const asked = performance.now();
    const headers = { authorization: `Bearer ${api.token}` };
    const answer = await fetch(`${api.base}/live/yard/snapshot.jpg`, { headers });
    if (!answer.ok) throw new Error(`a still: ${answer.status}`);
    await answer.arrayBuffer();
    return performance.now() - asked;
  };
  // The first starts what is warm afterwards.
  await still();
  const ms: number[] = [];
  while (ms.length < count) {
    await pause(random() * BETWEEN_STILLS_MS);
    ms.push(await still());
  }
  return ms;
}

/** The programs apart, the pixel process too, which is a child of the engine. */
async function partsOf(product: Product): Promise<Parts> {
  const { engine = [], server = [], launcher = [] } = await product.parts();
  const children = (await familyOf(engine)).filter((pid) => !engine.includes(pid));
  return { engine, server, vision: children, launcher: launcher.filter((pid) => !children.includes(pid)) };
}

async function costs(product: Product, url: string, quick: boolean): Promise<Cost[]> {
  const windowMs = quick ? 4_000 : 15_000;
  const rows: Cost[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    {
      await using viewers = new Viewers(product.api, PATH, VIEWERS);
      rows.push(await cost(`Nightjar, ${VIEWERS} viewers`, viewers, () => partsOf(product), windowMs));
    }
    await using peers = new FfmpegViewers(url, VIEWERS);
    rows.push(
      await cost(`${VIEWERS} ffmpeg processes`, peers, async () => ({ ffmpeg: peers.pids }), windowMs),
    );
  }
  return rows;
}

function costRow({ name, cpuMs, fps, parts, pictureMs }: Cost): string[] {
  const each = Object.entries(parts).map(([part, ms]) => `${part} ${ms.toFixed(0)}`);
  const shown = each.length > 1 ? ` (${each.join(', ')})` : '';
  return [
    `CPU ms/s, ${name}${shown}`,
    `${fps.toFixed(1)} fps`,
    cpuMs.toFixed(0),
    `${pictureMs.toFixed(2)} a picture`,
    '',
  ];
}

function goalsOf(costed: readonly Cost[], joined: readonly Join[], still: readonly number[]): Goal[] {
  const of = (word: string) =>
    quantile(
      costed.filter(({ name }) => name.includes(word)).map(({ pictureMs }) => pictureMs),
      0.5,
    );
  const ratio = of('ffmpeg') / of('Nightjar');
  const picture = quantile(
    joined.map(({ toPictureMs }) => toPictureMs),
    0.95,
  );
  const behind = quantile(
    joined.flatMap(({ behindMs }) => behindMs),
    0.95,
  );
  const warm = quantile(still, 0.95);
  return [
    {
      text: `${ratio.toFixed(1)} times less CPU a picture than ${VIEWERS} ffmpeg processes (at least ${RATIO_GOAL})`,
      met: ratio >= RATIO_GOAL,
    },
    {
      text: `picture after ${picture.toFixed(0)} ms at p95 (at most ${PICTURE_GOAL})`,
      met: picture <= PICTURE_GOAL,
    },
    {
      text: `${behind.toFixed(0)} ms behind the clock at p95 (at most ${BEHIND_GOAL})`,
      met: behind <= BEHIND_GOAL,
    },
    {
      text: `warm still after ${warm.toFixed(0)} ms at p95 (at most ${STILL_GOAL})`,
      met: warm <= STILL_GOAL,
    },
  ];
}

/** Motion JPEG: ten viewers beside ten ffmpeg processes, and how soon and how fresh a browser shows it; stills. */
export async function mjpegBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using cameras = await SyntheticCameras.start({ count: 1 });
  await using product = await Product.start();
  const source_url = cameras.urls[0]!;
  await product.api.addStream({ id: 'yard', source_url });
  const active = async () => (await product.api.stream('yard')).status === 'active';
  await eventually('the stream is live', active, { timeoutMs: 15_000 });

  const costed = await costs(product, source_url, quick);
  const joined = await joins(product, cameras, quick ? 4 : 20);
  const still = await stills(product, quick ? 5 : 30, seededRandom(seed));
  const joinRow = (name: string, values: readonly number[]): string[] => [
    ...[name, String(values.length)],
    ...[0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(0)),
  ];
  return {
    name: 'mjpeg',
    seed,
    head: ['what', 'n or fps', 'median', 'p95', 'max'],
    table: [
      ...costed.map(costRow),
      joinRow(
        'ms to the first picture',
        joined.map(({ toPictureMs }) => toPictureMs),
      ),
      joinRow(
        'ms behind the clock',
        joined.flatMap(({ behindMs }) => behindMs),
      ),
      joinRow('ms to a warm still', still),
    ],
    rows: [...costed, ...joined, { still }],
    goals: goalsOf(costed, joined, still),
  };
}
