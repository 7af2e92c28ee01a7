import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@nightjar/e2e/harness';
import { sampleMemory } from '../measure/memory.ts';
import type { Product } from '../product/product.ts';
import { prepareClips } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { Crowd, p99Between } from './crowd.ts';
import { Stage } from './stage.ts';
import { spokenWays, waysOf } from './ways.ts';

interface StalledRow {
  readonly way: string;
  readonly stalled: number;
  /** Bytes that engine and server grew by, for each stalled viewer, at most. */
  readonly growth: number;
  /** Stalled viewers that the product closed as too slow, by its own account. */
  readonly closed: number;
  /** Healthy viewers that lost their connection. */
  readonly lost: number;
  readonly healthyBitrate: number;
  /** Milliseconds by which the healthy viewers' 99th percentile between two reads grew while the others stalled. */
  readonly shift: number;
  /** The same while the others came, two hundred within seconds, each given all since the key frame. */
  readonly comingShift: number;
}

const STALLED_WAYS: ReadonlySet<string> = new Set([
  'MSE, a message a frame, through the server',
  'HTTP-FLV, through the server',
  'RTSP over TCP',
]);
const CALM_MS = 5000;
const [HEALTHY, STALLED] = [50, 200];
const MIB = 2 ** 20;
const WATCH_MS = 20_000;
const CLOSED_MS = 30_000;

async function withStalledViewers(
  { product, pids }: Stage,
  options: BenchmarkOptions,
): Promise<StalledRow[]> {
  const rows: StalledRow[] = [];
  const written = waysOf(product).filter(({ name }) => STALLED_WAYS.has(name));
  const { only = '' } = options;
  for (const way of [...written, ...spokenWays(product)].filter(({ name }) => name.includes(only))) {
    const order = await way.order();
    const [healthy, stalled] = options.quick ? [10, 40] : [HEALTHY, STALLED];
    await using audience = await Crowd.gather({ ...order, count: healthy, stalled: 0 });
    await pause(2000);
    const calm = await audience.counted();
    await pause(CALM_MS);
    const calmed = await audience.counted();
    const { rss } = await sampleMemory(pids);
    const begun = { ...(await audience.counted()), at: performance.now() };
    await using _statues = await Crowd.gather({ ...order, count: stalled, stalled });
    const come = await audience.counted();
    let most = rss;
    const until = performance.now() + WATCH_MS;
    while (performance.now() < until) {
      most = Math.max(most, (await sampleMemory(pids)).rss);
      await pause(250);
    }
    // Who does not read does not see that the other end has gone: the product's own account tells.
    const left = async () => (await watching(product)) - healthy;
    const gone = async () => (await left()) === 0;
    await eventually('stalled viewers to be closed', gone, { timeoutMs: CLOSED_MS }).catch(() => undefined);
    const after = await audience.counted();
    const seconds = (performance.now() - begun.at) / 1000;
    rows.push({
      way: way.name,
      stalled,
      growth: (most - rss) / stalled,
      closed: stalled - (await left()),
      lost: healthy - after.alive,
      healthyBitrate: ((after.bytes - begun.bytes) * 8) / seconds / healthy,
      shift: p99Between(come, after) - p99Between(calm, calmed),
      comingShift: p99Between(begun, come) - p99Between(calm, calmed),
    });
    console.error(`${way.name}: ${JSON.stringify(rows.at(-1))}`);
  }
  return rows;
}

async function watching({ api }: Product): Promise<number> {
  const { total } = (await api.expect(200, 'GET', '/api/viewers')) as { total: number };
  return total;
}

const tableRow = (row: StalledRow): string[] => [
  row.way,
  String(row.stalled),
  String(row.closed),
  (row.growth / MIB).toFixed(2),
  String(row.comingShift),
  String(row.shift),
  (row.healthyBitrate / 1e6).toFixed(2),
];

const goalsOf = (rows: readonly StalledRow[]): Goal[] =>
  rows.flatMap(({ way, stalled, growth, closed, lost, healthyBitrate, shift }) => [
    { text: `${way}: ${closed} of ${stalled} stalled viewers closed`, met: closed === stalled },
    {
      text: `${way}: ${(growth / MIB).toFixed(2)} MiB for each stalled viewer (at most 1)`,
      met: growth <= MIB,
    },
    {
      text: `${way}: the healthy viewers' p99 between two reads moved by ${shift} ms beside stalled ones (at most 10)`,
      met: shift <= 10,
    },
    {
      text: `${way}: ${lost} healthy viewers lost, ${(healthyBitrate / 1e6).toFixed(2)} Mbit/s each (4)`,
      met: lost === 0 && healthyBitrate > 3.6e6,
    },
  ]);

/** 50 viewers that read and 200 that stop, together: what the stalled ones cost, and what the others lose. */
export async function stalledBenchmark(options: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  await using stage = await Stage.open();
  const rows = await withStalledViewers(stage, options);
  return {
    name: 'stalled',
    seed: options.seed,
    head: [
      'way',
      'stalled',
      'closed',
      'MiB each',
      'ms p99, they come',
      'ms p99, they stall',
      'Mbit/s healthy',
    ],
    table: rows.map(tableRow),
    rows,
    goals: goalsOf(rows),
  };
}
