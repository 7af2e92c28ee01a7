import type { Clock, Log } from '../../kernel/index.ts';
import { MoveError } from './mover/index.ts';

interface Options<Job> {
  clock: Pick<Clock, 'after' | 'every'>;
  log: Pick<Log, 'warn' | 'info'>;
  /** For the log. */
  name: string;
  next: () => Promise<Job | undefined>;
  /** Throws MoveError when it is to be tried again. */
  work: (job: Job) => Promise<void>;
}

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 15_000;
/** Between two looks at a queue that was empty. */
const LOOK_MS = 5_000;

/** Works off what is to be done at one tier, one thing after another; while that is away, it waits and tries again. */
export class Lane<Job> {
  readonly #options: Options<Job>;
  readonly #cancelLook: () => void;
  #running: Promise<void> | undefined;
  #asked = false;
  #closed = false;
  #endPause: (() => void) | undefined;
  /** Why nothing goes on just now. */
  fault: string | undefined;

  constructor(options: Options<Job>) {
    this.#options = options;
    this.#cancelLook = options.clock.every(LOOK_MS, () => this.wake());
  }

  /** There may be something to do. */
  wake(): void {
    this.#asked = true;
    if (this.#closed) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (this.#asked && !this.#closed) {
      this.#asked = false;
      const error = await this.#workOff();
      if (!error) continue;
      this.#fails(error);
      await this.#wait(pause);
      pause = Math.min(pause * 2, LAST_PAUSE_MS);
      this.#asked = true;
    }
  }

  /** Until nothing is left, or something fails. */
  async #workOff(): Promise<unknown> {
    const { next, work } = this.#options;
    try {
      for (let job = await next(); job !== undefined && !this.#closed; job = await next()) {
        await work(job);
        this.#recovered();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #fails(error: unknown): void {
    if (this.#closed) return;
    const { log, name } = this.#options;
    const message = error instanceof MoveError ? error.message : 'the queue cannot be read';
    if (this.fault !== message)
      log.warn({ err: error, tier: name }, 'footage cannot be moved; it is tried again');
    this.fault = message;
  }

  #recovered(): void {
    if (this.fault !== undefined)
      this.#options.log.info({ tier: this.#options.name }, 'footage is moved again');
    this.fault = undefined;
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#closed) return Promise.resolve();
    const cancel = this.#options.clock.after(ms, resolve);
    this.#endPause = resolve;
    return promise.finally(cancel);
  }
}
