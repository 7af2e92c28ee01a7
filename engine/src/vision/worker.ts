import { FromVision, type ToVision, type VisionCounters } from '@nightjar/contract/vision';
import type { Clock } from '@nightjar/media/stream';

/** The pixel process as its worker sees it. */
export interface Child {
  /** undefined when it could not be started. */
  readonly pid: number | undefined;
  send(message: ToVision): void;
  /** SIGKILL. */
  kill(): void;
}

export interface ChildEvents {
  message(raw: unknown): void;
  /** Called once. */
  exit(code: number | null): void;
}

/** Starts a pixel process. */
export type StartChild = (events: ChildEvents) => Child;

/** Why a life of the process ended, in words for a log. */
export interface Ending {
  readonly reason: string;
  /** Nothing on this machine can decode: starting again does not help. */
  readonly final: boolean;
  /** It was told to go because nobody needed it. */
  readonly retired: boolean;
}

export interface WorkerOptions {
  readonly start: StartChild;
  readonly clock: Pick<Clock, 'every' | 'monotonic'>;
  readonly onReady: () => void;
  readonly onMessage: (message: FromVision) => void;
  readonly onEnd: (ending: Ending) => void;
  /** Monotonic milliseconds since when something that was handed over is not dealt with; undefined: nothing is. */
  readonly stuckSince: () => number | undefined;
}

/** Milliseconds between two questions, and how many may stay without any answer. */
const ASK = 500;
const UNANSWERED = 5;
/** The same while it starts: a busy machine compiles slowly. */
const UNANSWERED_STARTING = 30;
/** Milliseconds a unit or a still may take. */
const STUCK = 5_000;
/** Bytes of memory above which it is replaced. */
const CEILING = 1024 * 1024 * 1024;
/** Its exit code when there is nothing to decode with (EX_UNAVAILABLE of sysexits.h). */
const NO_BACKEND = 69;

/** One life of the pixel process: watched from its start to its end, never used again. */
export class Worker {
  counters: VisionCounters | undefined;
  readonly #options: WorkerOptions;
  readonly #child: Child;
  readonly #stopAsking: () => void;
  #ready = false;
  #unanswered = 0;
  #reason: string | undefined;
  #over = false;
  #retired = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#child = options.start({
      message: (raw) => this.#receive(raw),
      exit: (code) => this.#ended(code),
    });
    this.#stopAsking = options.clock.every(ASK, () => this.#ask());
  }

  /** Whoever was told to end takes nothing more, though it may take a while to go. */
  get ready(): boolean {
    return this.#ready && !this.#over && this.#reason === undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToVision): void {
    if (!this.#over) this.#child.send(message);
  }

  /** Ends it because nobody needs it. */
  retire(): void {
    this.#retired = true;
    this.end('nobody needs it');
  }

  /** Ends it; `onEnd` follows when it is gone. */
  end(reason: string): void {
    this.#reason ??= reason;
    this.#child.kill();
  }

  #receive(raw: unknown): void {
    if (this.#over) return;
    this.#unanswered = 0;
    const message = FromVision.safeParse(raw);
    // Who broke out of a decoder speaks as it likes.
    if (!message.success) {
      this.end('it said what nobody understands');
      return;
    }
    const { data } = message;
    if (data.type === 'ready') {
      this.#ready = true;
      this.#options.onReady();
    } else if (data.type === 'pong') this.#weigh(data.counters);
    else this.#options.onMessage(data);
  }

  #weigh(counters: VisionCounters): void {
    this.counters = counters;
    if (counters.rss > CEILING) this.end(`it took ${Math.round(counters.rss / 2 ** 20)} MiB`);
  }

  #ask(): void {
    const limit = this.#ready ? UNANSWERED : UNANSWERED_STARTING;
    // Counted, not timed: when this process itself stood still, the other had no chance to answer.
    if (++this.#unanswered > limit) this.end('it no longer answers');
    else if (this.#stuck()) this.end('a decoder does not come back');
    else if (this.#ready) this.send({ type: 'ping' });
  }

  #stuck(): boolean {
    const since = this.#options.stuckSince();
    return this.#ready && since !== undefined && this.#options.clock.monotonic() - since > STUCK;
  }

  #ended(code: number | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopAsking();
    const reason = this.#reason ?? (code === null ? 'it was killed' : `it ended with code ${code}`);
    this.#options.onEnd({ reason, final: code === NO_BACKEND, retired: this.#retired });
  }
}
