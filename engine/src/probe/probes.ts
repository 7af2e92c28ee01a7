import type { DesiredSource, ProbeReport } from '@nightjar/contract/link';
import { stampFragment } from '@nightjar/media/mp4';
import { type Clock, MediaStream, type SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { SourceError, type SourceRun, type StartSource } from '../sources/index.ts';
import { Sight } from './sight.ts';

export interface ProbesOptions {
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly pool: SlabPool;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

/** Cameras looked at at once. */
const AT_ONCE = 8;
/** Milliseconds for all of it: a camera that has to be asked in three ways takes half of them. */
const LONGEST = 30_000;

/** So many cameras are being looked at that another has to wait. */
export class TooManyProbesError extends Error {
  constructor() {
    super(`${AT_ONCE} cameras are being looked at already`);
  }
}

/** Connects to cameras once, looks at what they send, and leaves nothing behind. */
export class Probes {
  readonly #options: ProbesOptions;
  #running = 0;

  constructor(options: ProbesOptions) {
    this.#options = options;
  }

  /** Settles within half a minute; a camera's fault is part of the report. Throws TooManyProbesError. */
  async look(source: DesiredSource): Promise<ProbeReport> {
    if (this.#running >= AT_ONCE) throw new TooManyProbesError();
    this.#running++;
    try {
      return await this.#look(source);
    } finally {
      this.#running--;
    }
  }

  async #look(source: DesiredSource): Promise<ProbeReport> {
    const { clock, pool, sources } = this.#options;
    const stream = new MediaStream({ stamp: stampFragment });
    const ending = new AbortController();
    const sight = new Sight(() => ending.abort());
    let certificate: string | undefined;
    stream.attach(sight, false);
    const start = sources.get(source.url.slice(0, source.url.indexOf(':') + 1).toLowerCase());
    if (!start) return failed(sight, new SourceError('not_rtsp', 'no source reads this kind of URL'));
    const cancel = clock.after(LONGEST, () => ending.abort());
    const last = { transport: undefined as SourceRun['transport'], skew: undefined as number | undefined };
    try {
      const run = start({
        source,
        stream,
        pool,
        clock,
        zero: clock.monotonic(),
        onReady: () => undefined,
        onLive: () => undefined,
        onCertificate: (seen) => {
          certificate = seen.fingerprint;
        },
        signal: ending.signal,
      });
      // Asked when it still knows: a run that is over has forgotten its session.
      ending.signal.addEventListener('abort', () => {
        last.transport = run.transport;
        last.skew = run.clockSkew;
      });
      const error = await this.#end(run, ending.signal);
      const { lost } = run.counters;
      const known = {
        ...(last.transport ? { transport: last.transport } : {}),
        ...(certificate === undefined ? {} : { certificate }),
        clock_skew: last.skew === undefined ? null : Math.round(last.skew * 1000) / 1000,
        packets_lost: lost,
      };
      const { seconds } = sight;
      const fault = error ?? (seconds > 0 ? undefined : nothing());
      return { ...failed(sight, fault), ...known };
    } finally {
      cancel();
      stream.end();
    }
  }

  /** What ended the run: undefined when we did. */
  async #end(run: SourceRun, signal: AbortSignal): Promise<SourceError | undefined> {
    try {
      return await run.run();
    } catch (error) {
      if (error instanceof SourceError) return error;
      if (signal.aborted) return undefined;
      this.#options.log.error('a camera could not be looked at', { error });
      return new SourceError('internal', 'an internal error ended the connection');
    }
  }
}

const nothing = (): SourceError => new SourceError('timeout', `no picture within ${LONGEST / 1000} s`);

function failed(sight: Sight, error: SourceError | undefined): ProbeReport {
  return {
    ...sight.facts,
    packets_lost: 0,
    clock_skew: null,
    ...(error && { fault: error.fault, message: error.message }),
  };
}
