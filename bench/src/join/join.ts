import { setTimeout as pause } from 'node:timers/promises';
import { eventually, ForeignPeer, SyntheticCameras, seededRandom } from '@nightjar/e2e/harness';
import { quantile } from '../measure/statistics.ts';
import { Product } from '../product/product.ts';
import { prepareClips, SILENT } from '../record/clips.ts';
import type { BenchmarkOptions, Report } from '../report.ts';
import { type JoinWay, joinWays } from './key-frames.ts';
import { webRtcKeyFrame } from './webrtc-key-frame.ts';

const ID = 'full';
/** Most milliseconds between two joins: over the rounds each way meets every phase of the clip's GOP of 2 s. */
const BETWEEN_MS = 800;
const BOUND_MS = 10;
/** Recorded streams that nobody watches; fewer than those for which the engine's loop rests. */
const RESTING = 6;
/** Until the frames since the last key frame of such a stream are on disk alone. */
const REST_MS = 14_000;

interface Row {
  readonly way: string;
  readonly ms: number[];
}

/**
 * From asking to the first key frame, at random phases of a GOP of 2 s, by every way that has a key-frame cache; of a
 * stream that was watched just before, and of recorded ones that nobody has watched for a while.
 */
export async function joinBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  await using cameras = await SyntheticCameras.start({ count: 1 + RESTING, clip: SILENT });
  await using product = await Product.start();
  const ids = [ID, ...Array.from({ length: RESTING }, (_, index) => `resting-${index}`)];
  for (const [index, id] of ids.entries()) {
    const recording = { enabled: id !== ID };
    await product.api.addStream({ id, source_url: cameras.urls[index]!, recording });
    const live = async () => (await product.api.stream(id)).state === 'live';
    await eventually('the stream to be live', live, { timeoutMs: 20_000 });
  }
  const ports = { rtsp: await product.port('rtsp'), rtmp: await product.port('rtmp') };
  const webRtc = {
    name: 'WebRTC, since it was connected',
    join: () => webRtcKeyFrame(product, ID),
  };
  const rows = await watchedJoins([...joinWays(product, ports, ID), webRtc], {
    random: seededRandom(seed),
    rounds: quick ? 10 : 50,
  });
  await ForeignPeer.release();
  const waysOf = ids.slice(1).map((id) => joinWays(product, ports, id));
  rows.push(...(await restingJoins(waysOf, quick ? 2 : 12)));
  return {
    name: 'join',
    seed,
    head: ['ms to the whole first key frame', 'joins', 'min', 'median', 'p95', 'max'],
    table: rows.map(({ way, ms }) => [
      way,
      String(ms.length),
      ...[0, 0.5, 0.95, 1].map((share) => quantile(ms, share).toFixed(1)),
    ]),
    rows,
    goals: rows.map(({ way, ms }) => {
      const p95 = quantile(ms, 0.95);
      return { text: `${way}: p95 ${p95.toFixed(1)} ms (at most ${BOUND_MS})`, met: p95 <= BOUND_MS };
    }),
  };
}

/** Once a round by each way, so that whatever else happens meets all of them alike. */
async function watchedJoins(
  ways: readonly JoinWay[],
  { random, rounds }: { random: () => number; rounds: number },
): Promise<Row[]> {
  const rows = ways.map(({ name }) => ({ way: name, ms: [] as number[] }));
  // The first pays for code that was never run.
  for (const { join } of ways) await join();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { join }] of ways.entries()) {
      await pause(random() * BETWEEN_MS);
      rows[index]!.ms.push(await join());
    }
  }
  for (const { way, ms } of rows) console.error(`${way}: p95 ${quantile(ms, 0.95).toFixed(1)} ms`);
  return rows;
}

/** Each stream once a round, each time by another way. */
async function restingJoins(waysOf: readonly JoinWay[][], rounds: number): Promise<Row[]> {
  const rows = waysOf[0]!.map(({ name }) => ({ way: `${name}, of a stream at rest`, ms: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    await pause(REST_MS);
    for (const [stream, ways] of waysOf.entries()) {
      const index = (round + stream) % ways.length;
      rows[index]!.ms.push(await ways[index]!.join());
    }
  }
  return rows;
}
