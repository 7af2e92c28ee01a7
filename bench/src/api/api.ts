import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually, runCommand, SyntheticCameras } from '@nightjar/e2e/harness';
import { cpuBetween, sampleCpu } from '../measure/cpu.ts';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import type { Load, LoadOrder } from './load.ts';
import { FlvViewer, type Watched } from './watch.ts';

const MAIN = fileURLToPath(new URL('load-main.ts', import.meta.url));
const STREAMS = 100;
const RECORDED = 4;
const PER_SECOND = 500;
const P99_GOAL_MS = 20;
/** A player that is this far behind shows it. */
const PAUSE_GOAL_MS = 500;

interface Row {
  readonly load: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  /** Milliseconds of one core that the server spends on a request. */
  readonly cpuMs: number;
  /** A viewer of one of the streams meanwhile. */
  readonly live: Watched;
}

/** Made by a program of its own, whose pauses are none of the server's. */
async function load(order: LoadOrder): Promise<Load> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [MAIN, JSON.stringify(order)]);
  if (code !== 0) throw new Error(`the load ended with ${code}: ${stderr}`);
  return JSON.parse(stdout.toString()) as Load;
}

/** What the load came to, and what the server spent on it. */
async function measure(
  name: string,
  { server, viewer }: { server: readonly number[]; viewer: FlvViewer },
  order: LoadOrder,
): Promise<Row> {
  viewer.take();
  const before = await sampleCpu(server);
  const { latencies, failed, seconds } = await load(order);
  const after = await sampleCpu(server);
  const live = viewer.take();
  return {
    load: name,
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    failed,
    cpuMs: cpuBetween(before, after, server.length) / latencies.length,
    live,
  };
}

/** A few that are recorded, and the rest waiting for somebody to watch. */
async function addStreams({ api }: Product, urls: readonly string[]): Promise<void> {
  for (let n = 0; n < STREAMS; n++) {
    const recorded = n < RECORDED;
    await api.expect(201, 'POST', '/api/streams', {
      id: `cam-${n}`,
      source_url: urls[n % urls.length],
      recording: { enabled: recorded },
      on_demand: { enabled: !recorded },
    });
  }
  const live = async () => {
    const { streams } = (await api.expect(200, 'GET', '/api/streams?recording=true')) as {
      streams: unknown[];
    };
    return streams.length === RECORDED;
  };
  await eventually('the recorded streams to be live', live, { timeoutMs: 60_000 });
}

/** Seconds without footage of each recorded stream since then. */
async function missing({ api }: Product, from: Date): Promise<number[]> {
  return Promise.all(
    Array.from({ length: RECORDED }, async (_, n) => {
      const path = `/api/streams/cam-${n}/coverage?from=${from.toISOString()}`;
      const { gaps } = (await api.expect(200, 'GET', path)) as { gaps: { seconds: number }[] };
      return gaps.reduce((sum, { seconds }) => sum + seconds, 0);
    }),
  );
}

function goals(rows: readonly Row[], gone: readonly number[]): Goal[] {
  const steady = rows.find(({ load }) => load.startsWith(`${PER_SECOND}`));
  const most = Math.max(...gone);
  return [
    {
      text: `GET /api/streams of ${STREAMS} streams at ${PER_SECOND} requests/s: p99 below ${P99_GOAL_MS} ms (${steady?.p99.toFixed(1)} ms)`,
      met: steady !== undefined && steady.failed === 0 && steady.p99 < P99_GOAL_MS,
    },
    {
      // The newest part is not on disk yet.
      text: `${RECORDED} streams recorded meanwhile without a gap (${most.toFixed(1)} s missing at most)`,
      met: most < 3,
    },
    {
      text: `a viewer of the same port misses no picture and waits less than ${PAUSE_GOAL_MS} ms (${steady?.live.missing} of ${steady?.live.pictures} missing, ${steady?.live.pause.toFixed(0)} ms at most)`,
      met: steady !== undefined && steady.live.missing === 0 && steady.live.pause < PAUSE_GOAL_MS,
    },
  ];
}

/** How many calls the server answers, how soon, and that recording and viewers do not notice. */
export async function apiBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await using cameras = await SyntheticCameras.start({ count: RECORDED });
  await using product = await Product.start();
  await addStreams(product, cameras.urls);
  const { server = [] } = await product.parts();
  const target = { url: `${product.api.base}/api/streams?limit=${STREAMS}`, token: product.api.token };
  const seconds = quick ? 5 : 20;
  const { base, token } = product.api;
  using viewer = await FlvViewer.open({ url: `${base}/live/cam-0/stream.flv`, token });
  const who = { server, viewer };
  await load({ target, seconds: quick ? 2 : 5 });
  await pause(1_000);
  const from = new Date();
  const rows = [
    await measure('as many as are answered', who, { target, seconds }),
    await measure(`${PER_SECOND} a second`, who, { target, perSecond: PER_SECOND, seconds }),
  ];
  await pause(3_000);
  return {
    name: 'api',
    seed,
    head: [
      'GET /api/streams',
      'requests/s',
      'per core',
      'p50 ms',
      'p99 ms',
      'failed',
      'CPU ms each',
      'live pause ms',
    ],
    table: rows.map((row) => [
      row.load,
      row.perSecond.toFixed(0),
      (1000 / row.cpuMs).toFixed(0),
      row.p50.toFixed(1),
      row.p99.toFixed(1),
      String(row.failed),
      row.cpuMs.toFixed(2),
      row.live.pause.toFixed(0),
    ]),
    rows,
    goals: goals(rows, await missing(product, from)),
  };
}
