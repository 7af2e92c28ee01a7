import { setTimeout as pause } from 'node:timers/promises';
import { eventually, SyntheticCameras } from '@nightjar/e2e/harness';
import { cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import { median, minMedian } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import { prepareClips, SILENT } from '../record/clips.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { Crowd, type CrowdOrder } from './crowd.ts';
import { NodeMediaServer } from './node-media-server.ts';
import { type StalledRow, stalledGoals, stalledTable, withStalledViewers } from './stalled.ts';
import { STREAM, waysOf } from './ways.ts';

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
const SETTLE_MS = 3000;
const NEVER_LIVE_MS = 20_000;

/** CPU of `pids` per second while `during` lasts. */
async function cpuPerSecond(pids: readonly number[], windowMs: number): Promise<number> {
  const family = await familyOf(pids);
  const before = await sampleCpu(family);
  await pause(windowMs);
  const after = await sampleCpu(family);
  return cpuBetween(before, after, family.length) / ((after.at - before.at) / 1000);
}

/** What a crowd adds to what its contender costs without one, per viewer and second. */
async function measure(
  pids: readonly number[],
  order: CrowdOrder,
  windowMs: number,
): Promise<{ cpuMs: number; bitrate: number }> {
  const alone = await cpuPerSecond(pids, windowMs / 2);
  await using crowd = await Crowd.gather(order);
  await pause(SETTLE_MS);
  const before = { ...(await crowd.counted()), at: performance.now() };
  const together = await cpuPerSecond(pids, windowMs);
  const after = { ...(await crowd.counted()), at: performance.now() };
  if (after.alive < order.count) throw new Error(`${order.count - after.alive} viewers were lost`);
  const seconds = (after.at - before.at) / 1000;
  const bitrate = ((after.bytes - before.bytes) * 8) / seconds / order.count;
  if (bitrate < BITRATE * 0.7) throw new Error(`viewers received ${bitrate.toFixed(0)} bit/s each`);
  return { cpuMs: (together - alone) / order.count, bitrate };
}

async function ownRows(crowds: readonly number[], options: BenchmarkOptions): Promise<[Row[], StalledRow[]]> {
  await using cameras = await SyntheticCameras.start({ count: 1, clip: SILENT });
  await using product = await Product.start();
  await product.api.addStream({ id: STREAM, source_url: cameras.urls[0]! });
  const live = async () => (await product.api.stream(STREAM)).state === 'live';
  await eventually('the stream to be live', live, { timeoutMs: NEVER_LIVE_MS });
  const { engine = [], server = [] } = await product.parts();
  const rows: Row[] = [];
  for (const way of waysOf(product)) {
    for (const viewers of crowds) {
      const row: Row = { way: way.name, viewers, bound: way.bound, cpuMs: [], bitrate: Infinity };
      for (let repeat = 0; repeat < (options.quick ? 1 : 3); repeat++) {
        const order = { ...(await way.order()), count: viewers, stalled: 0 };
        const { cpuMs, bitrate } = await measure(
          [...engine, ...server],
          order,
          options.quick ? 5000 : 10_000,
        );
        row.cpuMs.push(cpuMs);
        row.bitrate = Math.min(row.bitrate, bitrate);
      }
      console.error(`${way.name}, ${viewers} viewers: ${median(row.cpuMs).toFixed(3)} ms`);
      rows.push(row);
    }
  }
  return [rows, await withStalledViewers(product, [...engine, ...server], options)];
}

async function peerRows(crowds: readonly number[], options: BenchmarkOptions): Promise<Row[]> {
  await using peer = await NodeMediaServer.start(SILENT);
  await pause(SETTLE_MS);
  const rows: Row[] = [];
  for (const viewers of crowds) {
    const name = 'node-media-server, HTTP-FLV';
    const row: Row = { way: name, viewers, bound: undefined, cpuMs: [], bitrate: Infinity };
    for (let repeat = 0; repeat < (options.quick ? 1 : 3); repeat++) {
      const say = [`GET ${peer.path} HTTP/1.1\r\nHost: bench\r\n\r\n`];
      const order = { target: peer.target, say, count: viewers, stalled: 0 };
      const { cpuMs, bitrate } = await measure(peer.pids, order, options.quick ? 5000 : 10_000);
      row.cpuMs.push(cpuMs);
      row.bitrate = Math.min(row.bitrate, bitrate);
    }
    console.error(`${name}, ${viewers} viewers: ${median(row.cpuMs).toFixed(3)} ms`);
    rows.push(row);
  }
  return rows;
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

/** What a viewer of one camera of 4 Mbit/s costs, by each way out, beside node-media-server; and stalled viewers. */
export async function fanoutBenchmark(options: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  const crowds = options.quick ? [100] : [100, 300];
  const [own, stalled] = await ownRows(crowds, options);
  const rows = [...own, ...(await peerRows(crowds, options))];
  return {
    name: 'fanout',
    seed: options.seed,
    head: ['way', 'viewers', 'CPU ms/viewer-s', 'Mbit/s each'],
    table: [...rows.map(tableRow), ...stalledTable(stalled)],
    rows: [...rows, ...stalled],
    goals: [...goalsOf(rows), ...stalledGoals(stalled)],
  };
}
