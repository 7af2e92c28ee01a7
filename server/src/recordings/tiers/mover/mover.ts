import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../kernel/index.ts';
import { MoveError, type Order, type Outcome, type Task } from './messages.ts';

/** Milliseconds without work after which the thread ends, and its memory with it. */
const IDLE = 30_000;
/** Of the thread's heap. */
const MAX_HEAP_MB = 256;

type Settle = (outcome: Outcome | Error) => void;

/** One life of the thread. */
interface Run {
  worker: Worker;
  waiting: Map<number, Settle>;
}

/**
 * Copies and removes files in a thread of its own, which runs only while there is work: bytes of media and the store's
 * SDK never come near the requests of people.
 */
export class Mover {
  readonly #clock: Pick<Clock, 'after'>;
  #run: Run | undefined;
  #cancelIdle: (() => void) | undefined;
  #last = 0;
  #closed = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** The digest of what was copied; null of what was removed. Rejects with MoveError. */
  async do(task: Task): Promise<string | null> {
    if (this.#closed) throw new MoveError('store', 'the program ends');
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Outcome | Error>();
    this.#cancelIdle?.();
    this.#run ??= this.#start();
    const run = this.#run;
    run.waiting.set(id, resolve);
    run.worker.postMessage({ id, task } satisfies Order);
    const outcome = await promise;
    this.#rest();
    if (outcome instanceof Error) throw new MoveError('store', 'the mover ended', { cause: outcome });
    if (!outcome.ok) throw new MoveError(outcome.failure.kind, outcome.failure.message);
    return outcome.sha256;
  }

  /** Ends what is under way: a copy that is not finished is begun again later. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelIdle?.();
    await this.#run?.worker.terminate();
  }

  #rest(): void {
    const run = this.#run;
    if (!run || run.waiting.size > 0 || this.#closed) return;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#clock.after(IDLE, () => {
      if (this.#run === run) this.#run = undefined;
      void run.worker.terminate();
    });
  }

  #start(): Run {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // The machine's own settings of the SDK are none of ours.
      env: { AWS_EC2_METADATA_DISABLED: 'true' },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.unref();
    const run: Run = { worker, waiting: new Map() };
    let error = new Error('the thread ended');
    const settle = (id: number, outcome: Outcome | Error): void => {
      const found = run.waiting.get(id);
      run.waiting.delete(id);
      found?.(outcome);
    };
    worker.on('message', (outcome: Outcome) => settle(outcome.id, outcome));
    worker.on('error', (cause: Error) => {
      error = cause;
    });
    worker.on('exit', () => {
      if (this.#run === run) this.#run = undefined;
      for (const id of [...run.waiting.keys()]) settle(id, error);
    });
    return run;
  }
}
