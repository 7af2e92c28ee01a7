import type { Detector } from '@nightjar/contract';
import type { FromDetector, ToDetector } from '@nightjar/contract/vision';

import { type Found, foundIn, rowsOf } from '../detect/index.ts';
import { type Answer, Model, ModelError, type Spent } from './model.ts';

type Ask = Extract<ToDetector, { type: 'ask' }>;

export interface RunnerOptions {
  readonly send: (message: FromDetector) => void;
  /** Bytes of memory the process has. */
  readonly rss: () => number;
  readonly open?: (detector: Detector, bytes?: Uint8Array) => Promise<Model>;
}

/** A network as it was told of; the bytes until it is opened. */
interface Told {
  readonly detector: Detector;
  readonly bytes: Uint8Array | undefined;
}

/** Networks in memory at most; the one that was used longest ago goes. */
const MAX_MODELS = 4;
/** Asks that wait at most; each stream has one at a time. */
const MAX_WAITING = 512;

/**
 * Answers asks of many streams one after another, in the order in which they came; each stream has one under way, so
 * that none gets more turns than another. Asks for one network go together where it takes several pictures.
 */
export class Runner {
  readonly #options: RunnerOptions;
  /** By their numbers: those that are still to be opened, and those that are open. */
  readonly #told = new Map<number, Told>();
  readonly #models = new Map<number, Model>();
  #waiting: Ask[] = [];
  #busy = false;
  #pictures = 0;
  readonly #spent: Spent = { run: 0, copy: 0 };

  constructor(options: RunnerOptions) {
    this.#options = options;
    options.send({ type: 'ready' });
  }

  handle(message: ToDetector): void {
    if (message.type === 'confined') return;
    if (message.type === 'use')
      this.#told.set(message.model, { detector: message.detector, bytes: message.bytes });
    else if (message.type === 'ping') this.#pong();
    else if (this.#waiting.length >= MAX_WAITING) this.#refuse([message], 'too many wait');
    else {
      this.#waiting.push(message);
      void this.#work();
    }
  }

  #pong(): void {
    const { run, copy } = this.#spent;
    const device = [...this.#models.values()].at(-1)?.device;
    const counters = {
      rss: this.#options.rss(),
      pictures: this.#pictures,
      run_ms: run,
      copy_ms: copy,
      device,
    };
    this.#options.send({ type: 'pong', counters });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#waiting.length > 0) await this.#next();
    } finally {
      this.#busy = false;
    }
  }

  async #next(): Promise<void> {
    let asks = [this.#waiting[0]!];
    try {
      const model = await this.#model(asks[0]!.model);
      asks = this.#waiting.filter((ask) => ask.model === asks[0]!.model).slice(0, model.batch);
      const answers = await model.run(asks, this.#spent);
      this.#give(asks, answers, model.detector);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      this.#refuse(asks, error.message);
    }
    this.#waiting = this.#waiting.filter((ask) => !asks.includes(ask));
  }

  #give(asks: readonly Ask[], answers: readonly Answer[], { layout, classes }: Detector): void {
    const began = performance.now();
    for (const [i, { id, kinds, least }] of asks.entries()) {
      const wanted = { layout, classes: classes.length, kinds, least };
      const { dims, data } = answers[i]!;
      const boxes = packed(foundIn(data, rowsOf(dims, wanted)!, wanted));
      this.#pictures++;
      this.#options.send({ type: 'found', id, boxes });
    }
    this.#spent.copy += performance.now() - began;
  }

  #refuse(asks: readonly Ask[], message: string): void {
    for (const { id } of asks) this.#options.send({ type: 'refused', id, message });
  }

  async #model(number: number): Promise<Model> {
    const model = this.#models.get(number) ?? (await this.#open(number));
    // The one that was used last stands last.
    this.#models.delete(number);
    this.#models.set(number, model);
    if (this.#models.size > MAX_MODELS) {
      const [oldest, unused] = this.#models.entries().next().value!;
      this.#models.delete(oldest);
      this.#options.send({ type: 'forgotten', model: oldest });
      await unused.free();
    }
    return model;
  }

  async #open(number: number): Promise<Model> {
    const told = this.#told.get(number);
    if (!told) throw new ModelError('nobody said which network that is');
    this.#told.delete(number);
    try {
      return await (this.#options.open ?? Model.open)(told.detector, told.bytes);
    } catch (error) {
      this.#options.send({ type: 'forgotten', model: number });
      throw error;
    }
  }
}

/** Six numbers for each box. */
function packed(found: readonly Found[]): Float32Array {
  return Float32Array.from(
    found.flatMap(({ box, score, kind }) => [box.x0, box.y0, box.x1, box.y1, score, kind]),
  );
}
