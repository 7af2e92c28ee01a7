import { setTimeout as pause } from 'node:timers/promises';
import { cpuBetween, cpuOfThreads, familyOf, sampleCpu } from '../measure/cpu.ts';
import { median, minMedian } from '../measure/statistics.ts';
import { prepareClips, SILENT } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { Crowd } from './crowd.ts';
import { NodeMediaServer } from './node-media-server.ts';
import { say } from './say.ts';
import { Stage } from './stage.ts';
import { type Way, waysOf } from './ways.ts';

interface Row {
  readonly way: string;
  readonly viewers: number;
  readonly bound: number | undefined;
  /** CPU milliseconds per viewer-second of all processes of the contender, one of each repeat. */
  readonly cpuMs: number[];
  /** Bit/s that each viewer received, of the repeat with least. */
  bitrate: number;
}

const BITRATE = 4e6;
const SETTLE_MS = 2000;
const WINDOW_MS = 3000;
const REPEATS = 3;

/** CPU of `pids` per second while `during` lasts. */
async function cpuPerSecond(pids: readonly number[], windowMs: number): Promise<number> {
  const family = await familyOf(pids);
  const before = await sampleCpu(family);
  await pause(windowMs);
  const after = await sampleCpu(family);
  const same = before.threads.join() === after.threads.join();
  const cpuMs = same ? cpuOfThreads(before, after) : cpuBetween(before, after, family.length);
  return cpuMs / ((after.at - before.at) / 1000);
}

interface Contender {
  readonly pids: readonly number[];
  /** CPU milliseconds per second without a crowd. */
  readonly alone: number;
}

async function contender(pids: readonly number[]): Promise<Contender> {
  return { pids, alone: await cpuPerSecond(pids, 2 * WINDOW_MS) };
}

/** What a crowd adds to what its contender costs without one, per viewer and second, in one window. */
async function measure(
  crowd: Crowd,
  viewers: number,
  { pids, alone }: Contender,
): Promise<{ cpuMs: number; bitrate: number }> {
  const before = { ...(await crowd.counted()), at: performance.now() };
  const together = await cpuPerSecond(pids, WINDOW_MS);
  const after = { ...(await crowd.counted()), at: performance.now() };
  if (after.alive < viewers) throw new Error(`${viewers - after.alive} viewers were lost`);
  const seconds = (after.at - before.at) / 1000;
  const bitrate = ((after.bytes - before.bytes) * 8) / seconds / viewers;
  if (bitrate < BITRATE * 0.7) throw new Error(`viewers received ${bitrate.toFixed(0)} bit/s each`);
  return { cpuMs: (together - alone) / viewers, bitrate };
}

/** One crowd of each size, in windows that follow each other. */
async function rowsOf(
  way: Pick<Way, 'name' | 'bound' | 'order'>,
  contends: Contender,
  { quick }: BenchmarkOptions,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const viewers of quick ? [100] : [100, 300]) {
    const row: Row = { way: way.name, viewers, bound: way.bound, cpuMs: [], bitrate: Infinity };
    await using crowd = await Crowd.gather({ ...(await way.order()), count: viewers, stalled: 0 });
    await pause(SETTLE_MS);
    for (let repeat = 0; repeat < (quick ? 1 : REPEATS); repeat++) {
      const { cpuMs, bitrate } = await measure(crowd, viewers, contends);
      row.cpuMs.push(cpuMs);
      row.bitrate = Math.min(row.bitrate, bitrate);
    }
    console.error(`${way.name}, ${viewers} viewers: ${median(row.cpuMs).toFixed(3)} ms`);
    rows.push(row);
  }
  return rows;
}

async function ownRows(options: BenchmarkOptions): Promise<Row[]> {
  await using stage = await Stage.open();
  const contends = await contender(stage.pids);
  const rows: Row[] = [];
  for (const way of waysOf(stage.product)) rows.push(...(await rowsOf(way, contends, options)));
  return rows;
}

async function peerRows(options: BenchmarkOptions): Promise<Row[]> {
  await using peer = await NodeMediaServer.start(SILENT);
  const order = async () => ({ target: peer.target, say: say.http(peer.path) });
  // Awaited here: the peer ends with this block.
  return await rowsOf({ name: 'node-media-server, HTTP-FLV', order }, await contender(peer.pids), options);
}

function goalsOf(rows: readonly Row[]): Goal[] {
  return rows.flatMap(({ way, viewers, bound, cpuMs }) => {
    if (bound === undefined) return [];
    const cost = median(cpuMs);
    const text = `${way}, ${viewers} viewers: ${cost.toFixed(2)} ms per viewer-second (at most ${bound})`;
    return [{ text, met: cost <= bound }];
  });
}

const tableRow = ({ way, viewers, cpuMs, bitrate }: Row): string[] => [
  way,
  String(viewers),
  minMedian(cpuMs, 3),
  (bitrate / 1e6).toFixed(2),
];

/** What a viewer of one camera of 4 Mbit/s costs, by each way out, beside node-media-server. */
export async function fanoutBenchmark(options: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  // First what may fail to start.
  const peer = await peerRows(options);
  const rows = [...(await ownRows(options)), ...peer];
  return {
    name: 'fanout',
    seed: options.seed,
    head: ['way', 'viewers', 'CPU ms/viewer-s', 'Mbit/s each'],
    table: rows.map(tableRow),
    rows,
    goals: goalsOf(rows),
  };
}
