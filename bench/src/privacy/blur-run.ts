import type { ChildProcess } from 'node:child_process';
import type { ClipTrack } from '@nightjar/media/testing';
import { cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import { quantile } from '../measure/statistics.ts';
import { endPixelProcess, startPixelProcess, trackOf, unitOf } from './pixel-process.ts';

/** What the pixel process says that matters here. */
interface Said {
  readonly type: string;
  readonly units?: number;
  readonly time?: number;
}

export interface BlurCase {
  /** `native`: the library in the process; `command`: two `ffmpeg` with raw pipes between. */
  readonly backend: 'native' | 'command';
  readonly clip: ClipTrack;
  readonly options: object;
  /** Pictures of the camera to hand over. */
  readonly units: number;
  /** In the camera's own time, or as fast as they are taken. */
  readonly realTime: boolean;
}

export interface BlurCost {
  /** Covered pictures that came out. */
  readonly pictures: number;
  /** CPU milliseconds of the process and its children. */
  readonly cpuMs: number;
  /** Milliseconds from a unit's hand-over to its covered picture. */
  readonly p50: number;
  readonly p99: number;
}

/** Units that may be under way when nobody waits for the clock. */
const WINDOW = 8;
/** Units before anything is counted. */
const WARM = 50;

/** Runs the pixel process as the engine does and measures it. */
export async function runBlur(asked: BlurCase): Promise<BlurCost> {
  const child = await startPixelProcess(asked.backend);
  try {
    return await new BlurRun(child, asked).measure();
  } finally {
    await endPixelProcess(child);
  }
}

class BlurRun {
  readonly #child: ChildProcess;
  readonly #asked: BlurCase;
  readonly #sent = new Map<number, number>();
  #latencies: number[] = [];
  #pictures = 0;
  #pending = 0;
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess, asked: BlurCase) {
    this.#child = child;
    this.#asked = asked;
  }

  async measure(): Promise<BlurCost> {
    const { clip, options } = this.#asked;
    this.#child.on('message', (said) => this.#hear(said as Said));
    this.#child.send({ type: 'open_blur', id: 1, track: trackOf(clip), options });
    await this.#play(0, WARM);
    const family = await familyOf([this.#child.pid!]);
    const before = await sampleCpu(family);
    this.#latencies = [];
    this.#pictures = 0;
    await this.#play(WARM, this.#asked.units);
    const after = await sampleCpu(family);
    return {
      pictures: this.#pictures,
      cpuMs: cpuBetween(before, after, family.length),
      p50: quantile(this.#latencies, 0.5),
      p99: quantile(this.#latencies, 0.99),
    };
  }

  async #play(first: number, count: number): Promise<void> {
    const { clip, realTime } = this.#asked;
    const began = performance.now();
    const step = (clip.ticksPerFrame / clip.format.clockRate) * 1000;
    for (let i = 0; i < count; i++) {
      if (realTime) await this.#until(began + i * step);
      while (!realTime && this.#pending >= WINDOW) await this.#turn();
      this.#send(first + i);
    }
    while (this.#pending > 0) await this.#turn();
  }

  #send(index: number): void {
    const unit = unitOf(this.#asked.clip, index);
    this.#pending++;
    this.#sent.set(unit.time, performance.now());
    this.#child.send({ type: 'unit', id: 1, unit });
  }

  #hear({ type, units = 0, time = 0 }: Said): void {
    if (type === 'failed') throw new Error('the session failed');
    if (type === 'coded') {
      this.#pictures++;
      this.#latencies.push(performance.now() - (this.#sent.get(time) ?? Number.NaN));
    }
    if (type !== 'taken') return;
    this.#pending -= units;
    this.#wake();
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #until(at: number): Promise<void> {
    const left = at - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }
}
