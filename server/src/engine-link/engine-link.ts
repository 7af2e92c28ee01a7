import type {
  DesiredSource,
  DesiredState,
  DesiredStream,
  Hello,
  MetricsSample,
  ObjectsMessage,
  ProbeReport,
  ViewerSample,
} from '@nightjar/contract/link';
import type { Database } from '../database/index.ts';
import type { Clock, Log } from '../kernel/index.ts';
import { type FactSink, Intake } from './intake.ts';
import { Session, type SessionEvents } from './session.ts';
import { linkStore } from './store.ts';

interface Options {
  /** Unix socket of the engine. */
  socketPath: string;
  key: Buffer;
  database: Database;
  clock: Clock;
  log: Log;
  sinks: readonly FactSink[];
  /** What the engine is to converge on, without its revision. */
  desired: () => Promise<Omit<DesiredState, 'revision' | 'streams'> & { streams: DesiredStream[] }>;
  /** The engine said who it is; all that was believed of it is void. No fact of it is taken before this settles. */
  onHello: (hello: Hello) => Promise<void>;
  onSamples: (samples: readonly MetricsSample[]) => void;
  onViewers: (samples: readonly ViewerSample[]) => void;
  onObjects?: (seen: ObjectsMessage) => void;
  onAway: () => void;
  /** May the bearer of the token or grant watch the stream, and whose is it? */
  mayWatch: (
    streamId: string,
    proof: string,
  ) => Promise<{ allowed: boolean; sub?: string; unblurred?: boolean }>;
  unseal: SessionEvents['unseal'];
  where: SessionEvents['where'];
}

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 2_000;

/** The link to the engine: one session after another with back-off, until it is closed. */
export class EngineLink {
  readonly #options: Options;
  readonly #intake: Intake;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #running: Promise<void> | undefined;
  #greeted = false;
  #loopDelay: number | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#intake = new Intake(options);
  }

  get connected(): boolean {
    return this.#session?.ready === true;
  }

  /** Milliseconds by which 99 of 100 rounds of the engine's event loop were late at most; undefined without one. */
  get loopDelay(): number | undefined {
    return this.connected ? this.#loopDelay : undefined;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#session?.close();
    await this.#running;
  }

  /** Something the engine is to know has changed. */
  desiredChanged(): void {
    this.#session?.sendDesired();
  }

  /** See `FootageEngine` of the recordings. */
  async inventory(streamId: string, since: string): Promise<void> {
    await this.#command({ type: 'inventory', stream_id: streamId, since });
  }

  async deleteFootage(streamId: string, filenames?: readonly string[]): Promise<void> {
    const names = filenames ? { filenames: [...filenames] } : {};
    await this.#command({ type: 'delete_footage', stream_id: streamId, ...names });
  }

  /** Something happened on a stream that is recorded around events; without an engine nothing is recorded anyway. */
  keepFootage(streamId: string, seconds: number): void {
    this.#session?.tell({ type: 'keep_footage', stream_id: streamId, seconds });
  }

  /** What a camera is like that the engine connects to once. Rejects as commands do. */
  async probe(source: DesiredSource): Promise<ProbeReport> {
    const { probe } = await this.#command({ type: 'probe', source });
    if (!probe) throw new Error('the engine gave no report');
    return probe;
  }

  #command(command: Parameters<Session['command']>[0]): ReturnType<Session['command']> {
    return this.#session?.command(command) ?? Promise.reject(new Error('the engine is not connected'));
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#closing.signal.aborted) {
      this.#greeted = false;
      this.#session = this.#open();
      await this.#session.ended;
      if (this.#greeted) {
        pause = FIRST_PAUSE_MS;
        this.#options.log.warn('the engine is away');
        this.#options.onAway();
      }
      await this.#wait(pause);
      pause = Math.min(pause * 2, LAST_PAUSE_MS);
    }
  }

  #open(): Session {
    const { socketPath, key, clock, log, onHello, onSamples, onViewers } = this.#options;
    const { mayWatch, unseal, where } = this.#options;
    const { sql } = this.#options.database;
    return new Session({
      socketPath,
      key,
      clock,
      log,
      events: {
        hello: async (hello) => {
          this.#greeted = true;
          log.info({ epoch: hello.epoch, pid: hello.pid }, 'the engine is here');
          await linkStore.forgetOldEpochs(sql);
          await onHello(hello);
        },
        facts: (epoch, batch) => this.#intake.take(epoch, batch),
        samples: onSamples,
        loopDelay: (p99) => {
          this.#loopDelay = p99;
        },
        viewers: onViewers,
        objects: (seen) => this.#options.onObjects?.(seen),
        mayWatch,
        unseal,
        where,
        desired: async () => {
          const state = await this.#options.desired();
          return { revision: await linkStore.nextRevision(this.#options.database), ...state };
        },
      },
    });
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.resolve();
    const cancel = this.#options.clock.after(ms, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(cancel);
  }
}
