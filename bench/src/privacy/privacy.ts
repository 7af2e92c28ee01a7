import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf, REPOSITORY } from '@nightjar/e2e/harness';
import { type ClipTrack, loadClip } from '@nightjar/media/testing';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { type BlurCost, runBlur } from './blur-run.ts';

const RATIO_GOAL = 1.2;
const LATENCY_GOAL = 25;
const CORE_GOAL = 0.25;
const COVERED = {
  style: 'blur',
  strength: 50,
  padding: 0.03,
  hold: 3,
  audio: 'keep',
  polygons: [],
  cover: ['full'],
  max_fps: 60,
  downscale: 1,
};
/** Three regions of 13.5 % of the picture together. */
const boxes = [0.1, 0.4, 0.7].map((x) => [
  [x, 0.4],
  [x + 0.15, 0.4],
  [x + 0.15, 0.7],
  [x, 0.7],
]);
const REGIONS = { ...COVERED, cover: ['polygons'], polygons: boxes };

interface Row {
  readonly name: string;
  readonly native: BlurCost;
  readonly command: BlurCost;
}

/** Decode, cover and code anew, beside two `ffmpeg` with raw pipes that do the same. */
export async function privacyBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-'));
  try {
    const small = (await loadClip('yard')).video;
    const large = await fullHd(folder);
    const units = quick ? 150 : 750;
    const cases: [string, ClipTrack, object][] = [
      ['720p, whole picture', small, COVERED],
      ['720p, three regions', small, REGIONS],
      ['720p, motion', small, { ...COVERED, cover: ['motion'] }],
      ['1080p, whole picture', large, COVERED],
      ['1080p, three regions', large, REGIONS],
    ];
    const rows: Row[] = [];
    for (const [name, clip, options] of cases) {
      const asked = { clip, options, units, realTime: false };
      rows.push({
        name,
        native: await runBlur({ ...asked, backend: 'native' }),
        command: await runBlur({ ...asked, backend: 'command' }),
      });
    }
    const options = { ...REGIONS, max_fps: 15, downscale: 2 / 3 };
    const live = await runBlur({ backend: 'native', clip: large, options, units, realTime: true });
    return report(seed, rows, { cost: live, seconds: units / 25 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The yard in 1920x1080 with noise, 4 Mbit/s. */
async function fullHd(folder: string): Promise<ClipTrack> {
  const path = join(folder, 'full.h264');
  const keys = 'aud=1:repeat-headers=1:scenecut=0:keyint=50:min-keyint=50:open-gop=0:force-cfr=1';
  await outputOf('ffmpeg', [
    ...['-v', 'error', '-y', '-r', '25', '-i', join(REPOSITORY, 'media/testdata/yard.h264'), '-t', '12'],
    ...['-vf', 'scale=1920:1080,noise=alls=14:allf=t', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0'],
    ...['-b:v', '4M', '-maxrate', '4M', '-bufsize', '4M', '-x264-params', keys, '-f', 'h264', path],
  ]);
  return (await loadClip(path)).video;
}

const perCore = ({ pictures, cpuMs }: BlurCost): number => pictures / (cpuMs / 1000);

function report(seed: number, rows: readonly Row[], live: { cost: BlurCost; seconds: number }): Report {
  const ratio = ({ native, command }: Row): number => perCore(native) / perCore(command);
  const core = live.cost.cpuMs / 1000 / live.seconds;
  const lowest = Math.min(...rows.map(ratio));
  const goals: Goal[] = [
    {
      text: `pictures a second of one core: at least ${RATIO_GOAL} times two ffmpeg with raw pipes (lowest ${lowest.toFixed(2)})`,
      met: lowest >= RATIO_GOAL,
    },
    {
      text: `1080p25 to 720p15, three regions: p99 from unit to covered picture at most ${LATENCY_GOAL} ms (${live.cost.p99.toFixed(1)})`,
      met: live.cost.p99 <= LATENCY_GOAL,
    },
    {
      text: `1080p25 to 720p15, three regions: at most ${CORE_GOAL} of a core (${core.toFixed(3)})`,
      met: core <= CORE_GOAL,
    },
  ];
  return {
    name: 'privacy',
    seed,
    head: ['case', 'pictures/s of a core', 'two ffmpeg', 'ratio', 'p50 ms', 'p99 ms', 'core'],
    table: [
      ...rows.map((row) => [
        row.name,
        perCore(row.native).toFixed(0),
        perCore(row.command).toFixed(0),
        ratio(row).toFixed(2),
        '',
        '',
        '',
      ]),
      [
        '1080p25 to 720p15, live',
        perCore(live.cost).toFixed(0),
        '',
        '',
        live.cost.p50.toFixed(1),
        live.cost.p99.toFixed(1),
        core.toFixed(3),
      ],
    ],
    rows: [...rows, live],
    goals,
  };
}
