import type { Detector, InferenceDevice } from '@nightjar/contract';
import {
  type DetectorCounters,
  FromDetector,
  type InputFit,
  type ToDetector,
} from '@nightjar/contract/vision';

/** The detector process as whoever started it sees it. */
export interface DetectorChild {
  send(message: ToDetector): void;
  /** SIGKILL. */
  kill(): void;
}

/** Starts a detector process for networks that run on a device; `exit` is called once. */
export type StartDetector = (
  events: { message(raw: unknown): void; exit(): void },
  device: InferenceDevice,
) => DetectorChild;

/** Time and timers. */
export interface DetectClock {
  /** Milliseconds that never step. */
  monotonic(): number;
  after(ms: number, then: () => void): () => void;
  every(ms: number, each: () => void): () => void;
}

/** There is no answer: the process is gone, hangs or is being started, or the network cannot be used. */
export class NoAnswer extends Error {}

/** What is asked of a network. */
export interface Question {
  readonly detector: Detector;
  readonly kinds: readonly number[];
  readonly least: number;
  /** Taken over before the call returns. */
  readonly data: Uint8Array;
  readonly fit: InputFit;
}

interface Pending {
  readonly since: number;
  readonly resolve: (boxes: Float32Array) => void;
  readonly reject: (error: NoAnswer) => void;
}

/** Milliseconds between two questions whether it is there, and how many may stay without any answer. */
const ASK = 500;
const UNANSWERED = 5;
/** The same while it starts: a busy machine compiles slowly. */
const UNANSWERED_STARTING = 60;
/** Milliseconds a picture may take; loading a network is part of the first one's time. */
const STUCK = 10_000;
/** Bytes of memory above which it is ended. */
const CEILING = 2 * 1024 ** 3;

/** One life of the detector process: watched from its start to its end, never used again. */
export class DetectorLife {
  counters: DetectorCounters | undefined;
  readonly device: InferenceDevice;
  readonly #clock: DetectClock;
  readonly #child: DetectorChild;
  readonly #stop: () => void;
  readonly #onEnd: () => void;
  readonly #numbers = new Map<string, number>();
  readonly #pending = new Map<number, Pending>();
  #ids = 0;
  #models = 0;
  #unanswered = 0;
  #ready = false;
  #over = false;

  constructor(start: StartDetector, clock: DetectClock, device: InferenceDevice, onEnd: () => void) {
    this.#clock = clock;
    this.device = device;
    this.#onEnd = onEnd;
    this.#child = start({ message: (raw) => this.#hear(raw), exit: () => this.#ended() }, device);
    this.#stop = clock.every(ASK, () => this.#look());
  }

  /** Six numbers for each box, in pixels of the input. Rejects with NoAnswer. */
  ask({ detector, kinds, least, data, fit }: Question): Promise<Float32Array> {
    if (this.#over) return Promise.reject(new NoAnswer('the detector process has ended'));
    const key = JSON.stringify(detector);
    let model = this.#numbers.get(key);
    if (model === undefined) {
      model = ++this.#models;
      this.#numbers.set(key, model);
      this.#child.send({ type: 'use', model, detector });
    }
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { since: this.#clock.monotonic(), resolve, reject });
      this.#child.send({ type: 'ask', id, model, kinds, least, data, fit });
    });
  }

  end(): void {
    if (!this.#over) this.#child.kill();
  }

  #hear(raw: unknown): void {
    if (this.#over) return;
    this.#unanswered = 0;
    const message = FromDetector.safeParse(raw);
    // Who broke out of a network speaks as it likes.
    if (message.success) this.#heed(message.data);
    else this.end();
  }

  #heed(data: FromDetector): void {
    if (data.type === 'loaded') return;
    if (data.type === 'ready') this.#ready = true;
    else if (data.type === 'forgotten') this.#forget(data.model);
    else if (data.type === 'pong') this.#weigh(data.counters);
    else {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.type === 'found') pending?.resolve(data.boxes);
      else pending?.reject(new NoAnswer(data.message));
    }
  }

  #forget(model: number): void {
    for (const [key, number] of this.#numbers) if (number === model) this.#numbers.delete(key);
  }

  #weigh(counters: DetectorCounters): void {
    this.counters = counters;
    if (counters.rss > CEILING) this.end();
  }

  #look(): void {
    // Counted, not timed: when this process itself stood still, the other had no chance to answer.
    const limit = this.#ready ? UNANSWERED : UNANSWERED_STARTING;
    const [oldest] = this.#pending.values();
    if (++this.#unanswered > limit) this.end();
    else if (this.#ready && oldest && this.#clock.monotonic() - oldest.since > STUCK) this.end();
    else if (this.#ready) this.#child.send({ type: 'ping' });
  }

  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stop();
    for (const { reject } of this.#pending.values()) reject(new NoAnswer('the detector process has ended'));
    this.#pending.clear();
    this.#onEnd();
  }
}
