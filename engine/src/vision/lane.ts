import type { FromVision, ToVision, VisionCounters } from '@nightjar/contract/vision';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { type Ending, type StartChild, Worker } from './worker.ts';

/** Something that wants a pixel process: a session, or the queue of stills. */
export interface Task {
  /** A process is ready and knows nothing of this task yet. */
  begin(send: (message: ToVision) => void): void;
  /** The process died. Handed-over work that it never dealt with is what `pendingSince` told before. */
  lost(ending: Ending): void;
  /** A message with a number that is this task's. */
  hear(message: FromVision): void;
  /** Whether messages with this number are meant for it. */
  owns(id: number): boolean;
  /** Monotonic milliseconds since when handed-over work waits; undefined when none does. */
  readonly pendingSince: number | undefined;
  /** Milliseconds the process is kept after it. */
  readonly linger: number;
}

export interface LaneOptions {
  readonly start: StartChild;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** Pauses before the second and further starts after lives that were too short. */
const FIRST_PAUSE = 200;
const LAST_PAUSE = 5_000;
/** Milliseconds after which a life was long enough to start again at once. */
const LONG_LIFE = 2_000;

/** Keeps one pixel process running while any task wants it. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #tasks = new Set<Task>();
  #worker: Worker | undefined;
  #born = 0;
  #pause = 0;
  #keptUntil = 0;
  #cancelPause: (() => void) | undefined;
  #cancelLinger: (() => void) | undefined;
  #ended: Promise<void> = Promise.resolve();
  #endedResolve: (() => void) | undefined;
  #closed = false;
  /** Lives so far. */
  lives = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get tasks(): number {
    return this.#tasks.size;
  }

  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  get counters(): VisionCounters | undefined {
    return this.#worker?.counters;
  }

  add(task: Task): void {
    this.#tasks.add(task);
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    if (this.#worker?.ready) task.begin((message) => this.#worker?.send(message));
    else this.#start();
  }

  /** Idempotent. The process goes after the task's linger when no other wants it. */
  remove(task: Task): void {
    if (!this.#tasks.delete(task) || this.#tasks.size > 0) return;
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#cancelLinger?.();
    const { clock } = this.#options;
    this.#keptUntil = Math.max(this.#keptUntil, clock.monotonic() + task.linger);
    const left = this.#keptUntil - clock.monotonic();
    this.#cancelLinger = clock.after(left, () => this.#worker?.retire());
  }

  /** Resolves when the process is gone. */
  close(): Promise<void> {
    this.#closed = true;
    this.#tasks.clear();
    this.#cancelPause?.();
    this.#cancelLinger?.();
    this.#worker?.end('the engine ends');
    return this.#ended;
  }

  #start(): void {
    if (this.#worker || this.#cancelPause || this.#closed) return;
    const { start, clock } = this.#options;
    this.lives++;
    this.#born = clock.monotonic();
    this.#ended = new Promise((resolve) => {
      this.#endedResolve = resolve;
    });
    this.#worker = new Worker({
      start,
      clock,
      onReady: () => {
        for (const task of [...this.#tasks]) task.begin((message) => this.#worker?.send(message));
      },
      onMessage: (message) => this.#deliver(message),
      onEnd: (ending) => this.#lost(ending),
      stuckSince: () => this.#stuckSince(),
    });
  }

  #deliver(message: FromVision): void {
    if (!('id' in message)) return;
    const owner = [...this.#tasks].find((task) => task.owns(message.id));
    owner?.hear(message);
  }

  #stuckSince(): number | undefined {
    const since = [...this.#tasks].flatMap(({ pendingSince }) => pendingSince ?? []);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  #lost(ending: Ending): void {
    const { clock, log } = this.#options;
    this.#worker = undefined;
    this.#endedResolve?.();
    if (this.#tasks.size === 0) return;
    if (ending.retired) {
      // Somebody came while it was going: nothing was handed to it.
      this.#start();
      return;
    }
    log.warn('the pixel process is replaced', { reason: ending.reason });
    for (const task of [...this.#tasks]) task.lost(ending);
    if (this.#tasks.size === 0) return;
    const long = clock.monotonic() - this.#born >= LONG_LIFE;
    this.#pause = long ? 0 : Math.min(LAST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2));
    if (this.#pause === 0) {
      this.#start();
      return;
    }
    this.#cancelPause = clock.after(this.#pause, () => {
      this.#cancelPause = undefined;
      if (this.#tasks.size > 0) this.#start();
    });
  }
}
