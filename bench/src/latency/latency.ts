import { fileURLToPath } from 'node:url';
import { eventually, runCommand, SyntheticCameras } from '@nightjar/e2e/harness';
import { Crowd } from '../fanout/crowd.ts';
import { STREAM, waysOf } from '../fanout/ways.ts';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import { prepareClips, SILENT } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';

/** What the probing process is to do. */
export interface ProbeOrder {
  readonly way: 'rtsp' | 'flv' | 'mse' | 'hls';
  /** Of the camera itself. */
  readonly camera: string;
  readonly base: string;
  readonly token: string;
  readonly rtspPort: number;
  readonly streamId: string;
  /** Viewers that are timed, beside the crowd. */
  readonly probes: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

interface Row {
  readonly name: string;
  readonly viewers: number;
  readonly late: readonly number[];
  readonly goals: readonly { readonly share: number; readonly bound: number }[];
}

const MAIN = fileURLToPath(new URL('probe-main.ts', import.meta.url));
const PROBES = 20;
const ADDED = [
  { share: 0.5, bound: 5 },
  { share: 0.95, bound: 20 },
];
/** The way of the crowd beside the timed viewers. */
const WAYS = [
  { way: 'rtsp', name: 'RTSP over TCP' },
  { way: 'flv', name: 'HTTP-FLV, through the server' },
  { way: 'mse', name: 'MSE, a message a frame, through the server' },
] as const;

async function probe(order: ProbeOrder): Promise<number[]> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [MAIN, JSON.stringify(order)]);
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${stderr}`);
  const late = JSON.parse(stdout.toString()) as number[];
  if (late.length === 0) throw new Error('no picture was seen by both ways');
  return late;
}

function goalsOf(rows: readonly Row[]): Goal[] {
  return rows.flatMap(({ name, viewers, late, goals }) =>
    goals.map(({ share, bound }) => {
      const ms = quantile(late, share);
      const what = share === 0.5 ? 'median' : `p${share * 100}`;
      return {
        text: `${name}, ${viewers} viewers: ${what} ${ms.toFixed(1)} ms (at most ${bound})`,
        met: ms <= bound,
      };
    }),
  );
}

/**
 * By how much later a picture comes through the product than from the camera itself, with hundreds of viewers; and
 * how old the oldest picture of a low-latency HLS part is when the part has come.
 */
export async function latencyBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  await using cameras = await SyntheticCameras.start({ count: 1, clip: SILENT });
  await using product = await Product.start();
  await product.api.addStream({ id: STREAM, source_url: cameras.urls[0]! });
  const live = async () => (await product.api.stream(STREAM)).state === 'live';
  await eventually('the stream to be live', live, { timeoutMs: 20_000 });
  const common = {
    ...{ camera: cameras.urls[0]!, base: product.api.base, token: product.api.token, streamId: STREAM },
    ...{ rtspPort: await product.port('rtsp'), probes: PROBES },
    ...(quick ? { warmUpMs: 2_000, windowMs: 5_000 } : { warmUpMs: 4_000, windowMs: 15_000 }),
  };
  const viewers = quick ? 100 : 300;
  const rows: Row[] = [];
  for (const { way, name } of WAYS) {
    const order = await waysOf(product)
      .find((one) => one.name === name)!
      .order();
    await using _crowd = await Crowd.gather({ ...order, count: viewers - PROBES, stalled: 0 });
    rows.push({ name, viewers, late: await probe({ ...common, way }), goals: ADDED });
    console.error(`${name}: p95 ${quantile(rows.at(-1)!.late, 0.95).toFixed(1)} ms later`);
  }
  const late = await probe({ ...common, way: 'hls' });
  rows.push({
    name: 'low-latency HLS, oldest picture of a part',
    viewers: 1,
    late,
    goals: [{ share: 0.95, bound: 250 }],
  });
  return {
    name: 'latency',
    seed,
    head: ['ms later than from the camera', 'viewers', 'pictures', 'min', 'median', 'p95', 'max'],
    table: rows.map(({ name, viewers, late }) => [
      name,
      String(viewers),
      String(late.length),
      ...[0, 0.5, 0.95, 1].map((share) => quantile(late, share).toFixed(1)),
    ]),
    rows,
    goals: goalsOf(rows),
  };
}
