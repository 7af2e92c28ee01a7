import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@nightjar/e2e/harness';
import { sampleMemory } from '../measure/memory.ts';
import type { Product } from '../product/product.ts';
import { prepareClips } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { Crowd, type CrowdOrder, type Gaps, gapsBetween, p99Of } from './crowd.ts';
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
  /** Milliseconds between two reads that 99 of 100 kept to while nobody stalled. */
  readonly calmP99: number;
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
const [HEALTHY, STALLED] = [50, 200];
const MIB = 2 ** 20;
const SETTLE_MS = 2000;
const CALM_MS = 6000;
/** Longer than the patience with who does not read. */
const WATCH_MS = 13_000;
const CLOSED_MS = 30_000;
/** A way that is read five times a second has few reads of its own: the latest of them would decide alone. */
const ROUNDS = { often: 2, seldom: 5 };

/** One time without stalled viewers, and one with them. */
interface Round {
  readonly calm: Gaps;
  readonly coming: Gaps;
  readonly stalling: Gaps;
  readonly growth: number;
  readonly closed: number;
  /** Bytes that the healthy read from the coming on, and the seconds of it. */
  readonly bytes: number;
  readonly seconds: number;
}

async function round({ product, pids }: Stage, audience: Crowd, statues: CrowdOrder): Promise<Round> {
  await pause(SETTLE_MS);
  const before = await audience.counted();
  const { alive: healthy } = before;
  await mostMemory(pids, CALM_MS);
  const begun = { ...(await audience.counted()), at: performance.now() };
  const { rss } = await sampleMemory(pids);
  await using _statues = await Crowd.gather(statues);
  const come = await audience.counted();
  const most = await mostMemory(pids, WATCH_MS);
  // Who does not read does not see that the other end has gone: the product's own account tells.
  const left = async () => (await watching(product)) - healthy;
  const gone = async () => (await left()) === 0;
  await eventually('stalled viewers to be closed', gone, { timeoutMs: CLOSED_MS }).catch(() => undefined);
  const after = await audience.counted();
  return {
    calm: gapsBetween(before, begun),
    coming: gapsBetween(begun, come),
    stalling: gapsBetween(come, after),
    growth: Math.max(0, most - rss) / statues.count,
    closed: statues.count - (await left()),
    bytes: after.bytes - begun.bytes,
    seconds: (performance.now() - begun.at) / 1000,
  };
}

/** The most bytes of some processes within `ms`. Looking stops them for a moment: it is done in every time alike. */
async function mostMemory(pids: readonly number[], ms: number): Promise<number> {
  let most = 0;
  const until = performance.now() + ms;
  while (performance.now() < until) {
    most = Math.max(most, (await sampleMemory(pids)).rss);
    await pause(250);
  }
  return most;
}

async function withStalledViewers(stage: Stage, options: BenchmarkOptions): Promise<StalledRow[]> {
  const rows: StalledRow[] = [];
  const { product } = stage;
  const written = waysOf(product).filter(({ name }) => STALLED_WAYS.has(name));
  const { only = '' } = options;
  for (const way of [...written, ...spokenWays(product)].filter(({ name }) => name.includes(only))) {
    const [healthy, stalled] = options.quick ? [10, 40] : [HEALTHY, STALLED];
    await using audience = await Crowd.gather({ ...(await way.order()), count: healthy, stalled: 0 });
    const rounds: Round[] = [];
    const wanted = options.quick ? 1 : way.seldom ? ROUNDS.seldom : ROUNDS.often;
    while (rounds.length < wanted) {
      const statues = { ...(await way.order()), count: stalled, stalled };
      rounds.push(await round(stage, audience, statues));
    }
    const { alive } = await audience.counted();
    rows.push(rowOf(way.name, rounds, { healthy, stalled, lost: healthy - alive }));
    console.error(`${way.name}: ${JSON.stringify(rows.at(-1))}`);
  }
  return rows;
}

/** The worst of the rounds in what is counted, all of them together in what is timed. */
function rowOf(
  way: string,
  rounds: readonly Round[],
  { healthy, ...counts }: { healthy: number; stalled: number; lost: number },
): StalledRow {
  const p99 = (when: 'calm' | 'coming' | 'stalling') => p99Of(rounds.map((one) => one[when]));
  const sum = (what: 'bytes' | 'seconds') => rounds.reduce((total, one) => total + one[what], 0);
  return {
    way,
    ...counts,
    growth: Math.max(...rounds.map(({ growth }) => growth)),
    closed: Math.min(...rounds.map(({ closed }) => closed)),
    healthyBitrate: (sum('bytes') * 8) / sum('seconds') / healthy,
    calmP99: p99('calm'),
    shift: p99('stalling') - p99('calm'),
    comingShift: p99('coming') - p99('calm'),
  };
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
  String(row.calmP99),
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
      'ms p99, calm',
      '+ while they come',
      '+ while they stall',
      'Mbit/s healthy',
    ],
    table: rows.map(tableRow),
    rows,
    goals: goalsOf(rows),
  };
}
