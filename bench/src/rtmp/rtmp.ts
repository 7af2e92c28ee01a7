import { eventually, seededRandom } from '@nightjar/e2e/harness';
import { median, minMedian } from '../measure/statistics.ts';
import { measureWindow, STEADY, type WindowCost } from '../record/window.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { ffmpeg, nightjar, type RtmpContender } from './contenders.ts';
import { publishTo } from './publishers.ts';

const CONTENDERS: readonly RtmpContender[] = [nightjar, ffmpeg];
const PUBLISHERS = [10, 30];
const BITRATE = 4e6;
/** A window may cut off a GOP of 2 s, which ffmpeg writes as one piece. */
const WRITE_STEP_S = 2.5;
const START_TIMEOUT_MS = 30_000;
const MIB = 2 ** 20;
/** CPU milliseconds per stream-second with 30 publishers. */
const GOAL = 2.6;

interface Row {
  readonly contender: string;
  readonly publishers: number;
  readonly costs: WindowCost[];
}

async function measureOnce(contender: RtmpContender, publishers: number): Promise<WindowCost> {
  await using recording = await contender.open(publishers);
  await using _sending = await publishTo(recording.urls);
  const all = async () => (await recording.footage()).every((bytes) => bytes > 0);
  await eventually('every publisher to be recorded', all, { timeoutMs: START_TIMEOUT_MS });
  const cost = await measureWindow(recording, STEADY);
  const least = (BITRATE * (cost.seconds - WRITE_STEP_S)) / cost.seconds;
  if (cost.slowestBitrate < least) {
    throw new Error(
      `${contender.name}: a stream reached the disk with ${cost.slowestBitrate.toFixed(0)} bit/s`,
    );
  }
  return cost;
}

const cpuOf = (row: Row): number => median(row.costs.map((cost) => cost.total.cpuMs));

function goalsOf(rows: readonly Row[]): Goal[] {
  const find = (contender: RtmpContender) =>
    rows.find((row) => row.contender === contender.name && row.publishers === 30);
  const [ours, theirs] = [find(nightjar), find(ffmpeg)];
  if (!ours || !theirs) return [];
  const [cpu, other] = [cpuOf(ours), cpuOf(theirs)];
  return [
    { text: `30 publishers: ${cpu.toFixed(2)} ms per stream-second (at most ${GOAL})`, met: cpu <= GOAL },
    { text: `30 publishers: ${(other / cpu).toFixed(1)} times less CPU than ffmpeg`, met: other > cpu },
  ];
}

function tableRow({ contender, publishers, costs }: Row): string[] {
  const parts = Object.keys(costs[0]!.parts);
  const each = parts.map(
    (part) => `${part} ${median(costs.map((cost) => cost.parts[part]!.cpuMs)).toFixed(2)}`,
  );
  const mib = (pick: (cost: WindowCost) => number) => (median(costs.map(pick)) / MIB).toFixed(0);
  return [
    contender,
    String(publishers),
    minMedian(costs.map((cost) => cost.total.cpuMs)),
    parts.length > 1 ? each.join(', ') : '',
    mib((cost) => cost.total.rss),
    mib((cost) => cost.total.pss),
  ];
}

/** CPU and memory of taking and recording RTMP publishers of 4 Mbit/s with sound, beside one ffmpeg each. */
export async function rtmpBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  const random = seededRandom(seed);
  const rows: Row[] = PUBLISHERS.flatMap((publishers) =>
    CONTENDERS.map(({ name }) => ({ contender: name, publishers, costs: [] })),
  );
  for (let repeat = 0; repeat < (quick ? 1 : 3); repeat++) {
    for (const publishers of PUBLISHERS) {
      const order = random() < 0.5 ? CONTENDERS : CONTENDERS.toReversed();
      for (const contender of order) {
        const cost = await measureOnce(contender, publishers);
        console.error(
          `${contender.name}, ${publishers}: ${cost.total.cpuMs.toFixed(2)} ms per stream-second`,
        );
        rows
          .find((row) => row.contender === contender.name && row.publishers === publishers)!
          .costs.push(cost);
      }
    }
  }
  const head = ['contender', 'publishers', 'CPU ms/stream-s', 'of it', 'RSS MiB', 'PSS MiB'];
  return { name: 'rtmp', seed, head, table: rows.map(tableRow), rows, goals: goalsOf(rows) };
}
