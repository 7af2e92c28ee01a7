import { parseArgs } from 'node:util';
import { apiBenchmark } from './api/api.ts';
import { camerasBenchmark } from './cameras/cameras.ts';
import { clipBenchmark } from './clip/clip.ts';
import { fanoutBenchmark } from './fanout/fanout.ts';
import { stalledBenchmark } from './fanout/stalled.ts';
import { joinBenchmark } from './join/join.ts';
import { latencyBenchmark } from './latency/latency.ts';
import { liveBenchmark } from './live/live.ts';
import { describeMachine, machineLine } from './measure/machine.ts';
import { mjpegBenchmark } from './mjpeg/mjpeg.ts';
import { pageBenchmark } from './page/load.ts';
import { wallBenchmark } from './page/wall.ts';
import { detectionBenchmark } from './privacy/detection.ts';
import { privacyBenchmark } from './privacy/privacy.ts';
import { recordBenchmark } from './record/record.ts';
import { type BenchmarkOptions, formatGoals, formatTable, type Report, saveReport } from './report.ts';
import { rtmpBenchmark } from './rtmp/rtmp.ts';
import { seekBenchmark } from './seek/seek.ts';
import { webrtcBenchmark } from './webrtc/webrtc.ts';

const BENCHMARKS: Record<string, (options: BenchmarkOptions) => Promise<Report>> = {
  record: recordBenchmark,
  cameras: camerasBenchmark,
  live: liveBenchmark,
  join: joinBenchmark,
  latency: latencyBenchmark,
  fanout: fanoutBenchmark,
  stalled: stalledBenchmark,
  webrtc: webrtcBenchmark,
  mjpeg: mjpegBenchmark,
  rtmp: rtmpBenchmark,
  clip: clipBenchmark,
  seek: seekBenchmark,
  privacy: privacyBenchmark,
  detection: detectionBenchmark,
  api: apiBenchmark,
  page: pageBenchmark,
  wall: wallBenchmark,
};

const USAGE = `npm run bench -- [NAME...] [--seed N] [--quick] [--only TEXT] [--assert]
  names: ${Object.keys(BENCHMARKS).join(', ')} (all, when none is given)
  --quick   short windows, one repeat
  --only    of stalled: only the ways whose names have TEXT in them; of record: the cases ("10 cameras")
  --assert  exit 1 when a goal is not met`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    assert: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !(name in BENCHMARKS));
if (values.help || unknown.length > 0) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
let missed = 0;
for (const name of names) {
  const machine = await describeMachine();
  const report = await BENCHMARKS[name]!({
    seed: Number(values.seed),
    quick: values.quick,
    only: values.only,
  });
  console.log(`\n${name}: seed ${report.seed}, ${machineLine(machine)}\n`);
  console.log(formatTable(report.head, report.table));
  console.log(`\n${formatGoals(report.goals)}`);
  console.log(`rows: ${await saveReport(report, machine)}`);
  missed += report.goals.filter((goal) => !goal.met).length;
}
if (values.assert && missed > 0) process.exitCode = 1;
