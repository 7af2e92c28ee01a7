import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Detector } from '@nightjar/contract';
import type { DetectorCounters } from '@nightjar/contract/vision';
import type { ClipTrack } from '@nightjar/media/testing';
import { cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import { endPixelProcess, startPixelProcess, trackOf, unitOf } from './pixel-process.ts';

/** What the pixel process says that matters here. */
interface Said {
  readonly type: string;
  readonly id?: number;
  readonly message?: string;
  readonly detector?: DetectorCounters;
}

export interface LookCase {
  readonly clip: ClipTrack;
  readonly detector: Detector;
  /** Pictures to be looked at; else they are only decoded. */
  readonly looks: boolean;
  /** Streams beside each other; each gives its next picture when the one before is answered. */
  readonly streams: number;
  /** Pictures of all streams together. */
  readonly pictures: number;
}

/** Milliseconds. */
export interface LookCost {
  /** CPU of the pixel process, and of the detector process that it starts. */
  readonly pixelMs: number;
  readonly detectorMs: number;
  /** Of the network alone, as the detector process counts it. */
  readonly runMs: number;
  readonly wallMs: number;
}

/** Pictures of each stream before anything is counted. */
const WARM = 5;
/** Weights of chance are a quarter sure of every box; from 0.4 times this on each one is sorted and compared. */
const THRESHOLD = 0.75;
/** Milliseconds between two questions for counters, which are new each half second. */
const PAUSE = 50;

/** Has the pixel process look at streams as the engine does for `inference`, and measures it. */
export async function runLooks(asked: LookCase): Promise<LookCost> {
  const child = await startPixelProcess('native');
  try {
    return await new LookRun(child, asked).measure();
  } finally {
    await endPixelProcess(child);
  }
}

class LookRun {
  readonly #child: ChildProcess;
  readonly #asked: LookCase;
  readonly #wake = new Map<number, () => void>();
  #failed: ((error: Error) => void) | undefined;
  #next = 0;

  constructor(child: ChildProcess, asked: LookCase) {
    this.#child = child;
    this.#asked = asked;
  }

  async measure(): Promise<LookCost> {
    const { clip, detector, looks, streams, pictures } = this.#asked;
    this.#child.on('message', (said) => this.#hear(said as Said));
    // A thousandth of a picture a second: the first, which is no longer counted.
    const wish = {
      threshold: THRESHOLD,
      classes: [detector.classes[0]],
      zones: [],
      fps: looks ? 1_000 : 0.001,
    };
    for (let id = 1; id <= streams; id++)
      this.#child.send({ type: 'open_objects', id, track: trackOf(clip), detector, wish });
    await this.#play(WARM);
    const ranBefore = await this.#runMs();
    const before = await this.#sample();
    await this.#play(pictures / streams);
    const after = await this.#sample();
    return {
      pixelMs: cpuBetween(before.pixel, after.pixel, 1),
      detectorMs: cpuBetween(before.detector, after.detector, 1),
      runMs: (await this.#runMs()) - ranBefore,
      wallMs: after.at - before.at,
    };
  }

  /** So many pictures of each stream, one stream beside the other. */
  async #play(count: number): Promise<void> {
    const first = this.#next;
    this.#next += count;
    const failed = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    const streams = Array.from({ length: this.#asked.streams }, async (_, i) => {
      for (let index = first; index < first + count; index++) await this.#give(i + 1, index);
    });
    await Promise.race([failed, Promise.all(streams)]);
  }

  /** Settles when the picture is answered. */
  #give(id: number, index: number): Promise<void> {
    const unit = unitOf(this.#asked.clip, index);
    return new Promise((resolve) => {
      this.#wake.set(id, resolve);
      this.#child.send({ type: 'unit', id, unit });
    });
  }

  #hear({ type, id = 0, message = '' }: Said): void {
    if (type === 'failed') this.#failed?.(new Error(message));
    if (type === (this.#asked.looks ? 'objects' : 'taken')) this.#wake.get(id)?.();
  }

  async #sample() {
    const at = performance.now();
    const root = this.#child.pid!;
    const others = (await familyOf([root])).filter((pid) => pid !== root);
    const [pixel, detector] = [await sampleCpu([root]), await sampleCpu(others)];
    return { at, pixel, detector };
  }

  /** Milliseconds in the network until now; asks until every picture is counted. */
  async #runMs(): Promise<number> {
    if (!this.#asked.looks) return 0;
    const wanted = this.#next * this.#asked.streams;
    for (;;) {
      this.#child.send({ type: 'ping' });
      const [said] = (await once(this.#child, 'message')) as [Said];
      if (said.detector && said.detector.pictures >= wanted) return said.detector.run_ms;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
