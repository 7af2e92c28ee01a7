import type { StreamFault } from '@nightjar/contract';
import type { DesiredSource, DesiredStream } from '@nightjar/contract/link';
import type { Clock, MediaStream, SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { SourceError, type SourceOptions, type SourceRun, type StartSource } from '../sources/index.ts';
import { pauseBefore } from './backoff.ts';
import type { StreamLifeCycle } from './state.ts';

/** Faults that trying again does not mend; a person must. */
const FINAL: ReadonlySet<StreamFault> = new Set(['auth_failed', 'target_denied', 'tls_changed']);

export interface SupervisorOptions {
  readonly desired: () => DesiredStream;
  readonly lifeCycle: StreamLifeCycle;
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onCertificate?: SourceOptions['onCertificate'];
  readonly log: Pick<Log, 'error'>;
}

/** Keeps one source connected: makes runs, counts attempts, waits, gives up. */
export class SourceSupervisor {
  /** The run in progress. */
  run: SourceRun | undefined;
  /** Runs lost after they had been live. */
  reconnects = 0;
  readonly #options: SupervisorOptions;
  readonly #zero: number;
  #abort = new AbortController();
  #work: Promise<void> | undefined;
  #attempts = 0;
  #wasLive = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#zero = options.clock.monotonic();
  }

  get running(): boolean {
    return this.#work !== undefined;
  }

  start(): void {
    if (this.#work) return;
    this.#abort = new AbortController();
    this.#attempts = 0;
    this.#wasLive = false;
    this.#options.lifeCycle.move('connecting');
    this.#work = this.#supervise(this.#abort.signal).finally(() => {
      this.#work = undefined;
    });
  }

  /** Ends the run and any wait; the life cycle is left to the caller. */
  async stop(): Promise<void> {
    this.#abort.abort(new DOMException('the stream was stopped', 'AbortError'));
    await this.#work;
  }

  async #supervise(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.#once(signal);
      if (signal.aborted || !this.#lost(error)) return;
      if (error.again === 'at once') continue;
      const { reconnect } = this.#options.desired();
      await this.#wait(pauseBefore(this.#attempts, reconnect, this.#options.random), signal);
    }
  }

  /** One run from connect to loss; gives what ended it. */
  async #once(signal: AbortSignal): Promise<SourceError> {
    const { desired, sources, log } = this.#options;
    const { id, source } = desired();
    const start = sources.get(source.url.slice(0, source.url.indexOf(':') + 1).toLowerCase());
    if (!start) return new SourceError('not_rtsp', 'no source reads this kind of URL');
    try {
      this.run = start(this.#sourceOptions(source, signal));
      return await this.run.run();
    } catch (error) {
      if (error instanceof SourceError) return error;
      if (!signal.aborted) log.error('a source failed in an unexpected way', { stream_id: id, error });
      return new SourceError('internal', 'an internal error ended the connection');
    } finally {
      this.run = undefined;
    }
  }

  #sourceOptions(source: DesiredSource, signal: AbortSignal): SourceOptions {
    const { stream, pool, clock, lifeCycle } = this.#options;
    return {
      source,
      stream,
      pool,
      clock,
      zero: this.#zero,
      signal,
      onCertificate: this.#options.onCertificate,
      onReady: () => lifeCycle.move('ready'),
      onLive: () => {
        this.#attempts = 0;
        this.#wasLive = true;
        lifeCycle.move('live');
      },
    };
  }

  /** Notes the loss; false when it is final. */
  #lost(error: SourceError): boolean {
    const { lifeCycle, desired } = this.#options;
    const { enabled, max_attempts } = desired().reconnect;
    const why = { fault: error.fault, message: error.message };
    if (lifeCycle.state === 'live') this.reconnects++;
    const atOnce = error.again === 'at once';
    if (!atOnce) this.#attempts++;
    const spent = !atOnce && (!enabled || (max_attempts > 0 && this.#attempts > max_attempts));
    if (FINAL.has(error.fault) || error.again === 'never' || spent) {
      lifeCycle.move('failed', why);
      return false;
    }
    lifeCycle.move(this.#wasLive ? 'reconnecting' : 'connecting', why);
    return true;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
    });
  }
}
