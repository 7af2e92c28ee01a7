import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Detector } from '@nightjar/contract';
import { loadClip, yolov5nModel } from '@nightjar/media/testing';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { type LookCost, runLooks } from './look-run.ts';

const SIDE = 640;
const COPY_GOAL = 0.15;
/** Streams that are looked at beside each other, one picture each. */
const STREAMS = 4;

/**
 * What it costs to look at streams by a network of YOLOv5n's graph: pictures a second of one core, and the share of
 * what is not the network, from the decoded picture to the boxes.
 */
export async function detectionBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-'));
  const file = join(folder, 'yolov5n.onnx');
  try {
    await writeFile(file, yolov5nModel(SIDE));
    const detector: Detector = {
      ...{ name: 'yolov5n', file, version: '1', width: SIDE, height: SIDE, layout: 'yolov5' as const },
      ...{ classes: Array.from({ length: 80 }, (_, i) => `class ${i}`), device: 'cpu' as const, threads: 1 },
    };
    const clip = (await loadClip('yard')).video;
    const pictures = quick ? 40 : 200;
    const asked = { clip, detector, streams: STREAMS, pictures };
    const looked = await runLooks({ ...asked, looks: true });
    const decoded = await runLooks({ ...asked, looks: false });
    return report(seed, pictures, { looked, decoded });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(seed: number, pictures: number, cost: { looked: LookCost; decoded: LookCost }): Report {
  const { looked, decoded } = cost;
  // Scaling, the network's shape, writing into the pipe: what looking adds to decoding.
  const prepareMs = Math.max(0, looked.pixelMs - decoded.pixelMs);
  // It is busy all the time, but may read while the network runs: whichever is more.
  const detectorMs = Math.max(looked.wallMs, looked.detectorMs);
  const aroundMs = detectorMs - looked.runMs;
  const share = (prepareMs + aroundMs) / (prepareMs + detectorMs);
  const goals: Goal[] = [
    {
      text: `copying and preparing at most ${COPY_GOAL * 100} % of the time (${(share * 100).toFixed(1)} %)`,
      met: share <= COPY_GOAL,
    },
  ];
  const each = (ms: number): string => (ms / pictures).toFixed(1);
  return {
    name: 'detection',
    seed,
    head: ['network', 'pictures/s of a core', 'network ms', 'before it ms', 'around it ms'],
    table: [
      [
        'YOLOv5n, 640x640, weights of chance, 4 streams of 720p',
        (pictures / ((prepareMs + looked.detectorMs) / 1000)).toFixed(1),
        each(looked.runMs),
        each(prepareMs),
        each(aroundMs),
      ],
    ],
    rows: [{ pictures, looked, decoded }],
    goals,
  };
}
