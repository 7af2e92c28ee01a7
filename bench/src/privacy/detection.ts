import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Detector } from '@nightjar/contract';
import type { DetectorCounters } from '@nightjar/contract/vision';
import { REPOSITORY } from '@nightjar/e2e/harness';
import { yolov5nModel } from '@nightjar/media/testing';
import { cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';

const SIDE = 640;
const COPY_GOAL = 0.15;
/** Pictures before anything is counted. */
const WARM = 5;
/** Streams that ask beside each other, one picture each. */
const STREAMS = 4;

type Said = { type: string; counters?: DetectorCounters };

/** What the detector process costs on a network of YOLOv5n's graph: pictures a second of one core, and the share around it. */
export async function detectionBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-'));
  const file = join(folder, 'yolov5n.onnx');
  await writeFile(file, yolov5nModel(SIDE));
  const child = fork(join(REPOSITORY, 'vision/src/detector/main.ts'), {
    serialization: 'advanced',
    env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    return report(seed, await measure(child, file, quick ? 40 : 200));
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true });
  }
}

interface Cost {
  readonly pictures: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly runMs: number;
  readonly copyMs: number;
}

async function measure(child: ChildProcess, file: string, count: number): Promise<Cost> {
  await once(child, 'message');
  const detector: Detector = {
    ...{ name: 'yolov5n', file, version: '1', width: SIDE, height: SIDE, layout: 'yolov5' as const },
    ...{ classes: Array.from({ length: 80 }, (_, i) => `class ${i}`), device: 'cpu' as const, threads: 1 },
  };
  child.send({ type: 'use', model: 1, detector });
  await answers(child, WARM);
  const family = await familyOf([child.pid!]);
  const before = { cpu: await sampleCpu(family), counters: await counters(child), at: performance.now() };
  await answers(child, count);
  const [cpu, after] = [await sampleCpu(family), await counters(child)];
  return {
    pictures: count,
    cpuMs: cpuBetween(before.cpu, cpu, family.length),
    wallMs: performance.now() - before.at,
    runMs: after.run_ms - before.counters.run_ms,
    copyMs: after.copy_ms - before.counters.copy_ms,
  };
}

/** Asks for so many pictures, some at a time, and waits for what is found. */
async function answers(child: ChildProcess, count: number): Promise<void> {
  const data = new Uint8Array(3 * SIDE * SIDE).map((_, i) => (i * 7919) % 256);
  let [asked, got] = [0, 0];
  const ask = (): void => {
    if (asked++ < count) child.send({ type: 'ask', id: asked, model: 1, kinds: [0], least: 0.3, data });
  };
  await new Promise<void>((resolve, reject) => {
    const hear = (said: unknown): void => {
      const { type } = said as Said;
      if (type === 'refused') reject(new Error(JSON.stringify(said)));
      if (type !== 'found') return;
      if (++got < count) {
        ask();
        return;
      }
      child.off('message', hear);
      resolve();
    };
    child.on('message', hear);
    for (let i = 0; i < STREAMS; i++) ask();
  });
}

async function counters(child: ChildProcess): Promise<DetectorCounters> {
  child.send({ type: 'ping' });
  const [said] = (await once(child, 'message')) as [Said];
  if (!said.counters) throw new Error(`no counters: ${said.type}`);
  return said.counters;
}

function report(seed: number, cost: Cost): Report {
  const { pictures, cpuMs, wallMs, runMs, copyMs } = cost;
  // What is not the network: pipes, numbers for bytes, boxes for numbers.
  const around = 1 - runMs / wallMs;
  const goals: Goal[] = [
    {
      text: `copying and preparing at most ${COPY_GOAL * 100} % of the time (${(around * 100).toFixed(1)} %)`,
      met: around <= COPY_GOAL,
    },
  ];
  return {
    name: 'detection',
    seed,
    head: ['network', 'pictures/s of a core', 'network ms', 'around it ms'],
    table: [
      [
        'YOLOv5n, 640x640, weights of chance',
        (pictures / (cpuMs / 1000)).toFixed(1),
        (runMs / pictures).toFixed(1),
        ((wallMs - runMs) / pictures).toFixed(1),
      ],
    ],
    rows: [{ ...cost, copyInProcessMs: copyMs }],
    goals,
  };
}
