import { SyntheticCameras, seededRandom } from '@nightjar/e2e/harness';
import { median, minMedian } from '../measure/statistics.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { prepareClips, SILENT, WITH_SOUND } from './clips.ts';
import type { CameraTransport, Contender } from './contender.ts';
import { ffmpeg } from './ffmpeg.ts';
import { nightjar } from './nightjar.ts';
import { measureWindow, STEADY, STEADY_OF_FEW, type WindowCost, type WindowOptions } from './window.ts';

const CONTENDERS: readonly Contender[] = [nightjar, ffmpeg];
const MIB = 2 ** 20;
const BITRATE = 4e6;
/** A window may cut off a GOP of 2 s, which ffmpeg writes as one piece. */
const WRITE_STEP_S = 2.5;

interface Case {
  readonly cameras: number;
  readonly audio: boolean;
  readonly transport: CameraTransport;
  /** The same for every contender. */
  readonly window?: WindowOptions;
}

interface Row extends Case {
  readonly contender: string;
  readonly costs: WindowCost[];
}

const CASES: readonly Case[] = [
  { cameras: 1, audio: false, transport: 'tcp' },
  { cameras: 10, audio: false, transport: 'tcp', window: STEADY_OF_FEW },
  { cameras: 30, audio: false, transport: 'tcp' },
  { cameras: 30, audio: true, transport: 'tcp' },
  { cameras: 30, audio: false, transport: 'udp' },
];

const alike = (one: Case, other: Case): boolean =>
  one.cameras === other.cameras && one.audio === other.audio && one.transport === other.transport;

const nameOf = ({ cameras, audio, transport }: Case): string =>
  `${cameras} cameras${audio ? ' with sound' : ''}${transport === 'udp' ? ' over UDP' : ''}`;

/** CPU milliseconds per stream-second with 30 cameras. */
const LIMITS: Readonly<Record<CameraTransport, number>> = { tcp: 2, udp: 4.5 };

const HEAD = [
  'contender',
  'cameras',
  'sound',
  'transport',
  'CPU ms/stream-s',
  'of it',
  'RSS MiB',
  'PSS MiB',
  'least Mbit/s',
];

function inRandomOrder<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Goals speak of the sum of all processes, median of the repeats. */
export function goalsOf(rows: readonly Row[]): Goal[] {
  const cpu = (row: Row) => median(row.costs.map((cost) => cost.total.cpuMs));
  const of = (contender: Contender, test: Case) =>
    rows.find((row) => row.contender === contender.name && alike(row, test));
  return CASES.flatMap((test): Goal[] => {
    const [ours, theirs] = [of(nightjar, test), of(ffmpeg, test)];
    if (test.cameras < 10 || !ours || !theirs) return [];
    const where = nameOf(test);
    const limit = LIMITS[test.transport];
    const ratio = cpu(theirs) / cpu(ours);
    const goals = [
      { text: `${where}: ${ratio.toFixed(1)} times less CPU than ffmpeg (at least 3)`, met: ratio >= 3 },
    ];
    if (test.cameras < 30) return goals;
    const pss = Math.max(...ours.costs.map((cost) => cost.total.pss)) / MIB;
    return [
      {
        text: `${where}: ${cpu(ours).toFixed(2)} ms per stream-second (at most ${limit.toFixed(1)})`,
        met: cpu(ours) <= limit,
      },
      ...goals,
      { text: `${where}: ${pss.toFixed(0)} MiB PSS in all (at most 120 MB)`, met: pss * MIB <= 120e6 },
    ];
  });
}

function tableRow(row: Row): string[] {
  const { costs } = row;
  const parts = Object.keys(costs[0]!.parts);
  const perPart = parts.map(
    (part) => `${part} ${median(costs.map((cost) => cost.parts[part]!.cpuMs)).toFixed(2)}`,
  );
  const mib = (pick: (cost: WindowCost) => number) => (median(costs.map(pick)) / MIB).toFixed(0);
  return [
    row.contender,
    String(row.cameras),
    row.audio ? 'AAC' : '-',
    row.transport,
    minMedian(costs.map((cost) => cost.total.cpuMs)),
    parts.length > 1 ? perPart.join(', ') : '',
    mib((cost) => cost.total.rss),
    mib((cost) => cost.total.pss),
    (Math.min(...costs.map((cost) => cost.slowestBitrate)) / 1e6).toFixed(2),
  ];
}

async function measureOnce(contender: Contender, test: Case): Promise<WindowCost> {
  await using cameras = await SyntheticCameras.start({
    count: test.cameras,
    clip: test.audio ? WITH_SOUND : SILENT,
    manyWays: test.transport === 'udp',
  });
  await using recording = await contender.record(cameras.urls, test.transport);
  const cost = await measureWindow(recording, test.window ?? STEADY);
  const least = (BITRATE * (cost.seconds - WRITE_STEP_S)) / cost.seconds;
  if (cost.slowestBitrate < least)
    throw new Error(
      `${contender.name}: a camera reached the disk with ${cost.slowestBitrate.toFixed(0)} bit/s`,
    );
  return cost;
}

/** CPU and memory of recording 1080p30 cameras of 4 Mbit/s, beside one ffmpeg a camera, in one run. */
export async function recordBenchmark({ seed, quick, only = '' }: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  const random = seededRandom(seed);
  const cases = CASES.filter((test) => nameOf(test).includes(only));
  const rows: Row[] = cases.flatMap((test) =>
    CONTENDERS.map((contender) => ({ ...test, contender: contender.name, costs: [] })),
  );
  for (let repeat = 0; repeat < (quick ? 1 : 3); repeat++) {
    for (const test of cases) {
      for (const contender of inRandomOrder(CONTENDERS, random)) {
        const cost = await measureOnce(contender, test);
        console.error(
          `${contender.name}, ${nameOf(test)}: ${cost.total.cpuMs.toFixed(2)} ms per stream-second`,
        );
        rows.find((row) => row.contender === contender.name && alike(row, test))!.costs.push(cost);
      }
    }
  }
  return { name: 'record', seed, head: HEAD, table: rows.map(tableRow), rows, goals: goalsOf(rows) };
}
