import type { StreamFault } from '@nightjar/contract';
import { MalformedError } from '@nightjar/media/bytes';
import { RtmpError } from '@nightjar/media/rtmp';
import { CameraHttpError, TargetDeniedError } from '../outbound/index.ts';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';
import { CertificateChangedError } from './trust.ts';

/** Milliseconds without a frame after which the source counts as stalled. */
const NO_MEDIA_AFTER = 5_000;
const WATCH_INTERVAL = 1_000;

/** One connection that brings media by itself once it is opened. */
export interface Pull {
  readonly counters: SourceCounters;
  /** Monotonic milliseconds of the last frame, or of the beginning. */
  readonly lastFrame: number;
  /** What comes and cannot be used, in words. */
  readonly trouble?: string | undefined;
  /** Resolves when media follows. Rejects when it will not. */
  open(): Promise<void>;
  /** Ends the connection; the stream has no tracks afterwards. */
  close(): Promise<void>;
}

/** `lose`: the connection is gone. Called any number of times; the first counts. */
export type MakePull = (options: SourceOptions, lose: (error: unknown) => void) => Pull;

/** Sources of one connection that either brings media or is lost. */
export function pullSource(make: MakePull): StartSource {
  return (options) => new PullRun(options, make);
}

class PullRun implements SourceRun {
  readonly #options: SourceOptions;
  readonly #lost = Promise.withResolvers<never>();
  readonly #pull: Pull;
  #openedAt = 0;

  constructor(options: SourceOptions, make: MakePull) {
    this.#options = options;
    // It may be lost before anybody waits for it.
    this.#lost.promise.catch(() => undefined);
    this.#pull = make(options, (error) => this.#lost.reject(error));
  }

  get counters(): SourceCounters {
    return this.#pull.counters;
  }

  async run(): Promise<never> {
    const { signal, clock } = this.#options;
    const aborted = (): void => this.#lost.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    let stopWatch = (): void => undefined;
    try {
      signal.throwIfAborted();
      // A source that does not answer must not hold up whoever stops the stream.
      await Promise.race([this.#pull.open(), this.#lost.promise]);
      this.#openedAt = clock.monotonic();
      stopWatch = clock.every(WATCH_INTERVAL, () => this.#watch());
      return await this.#lost.promise;
    } catch (error) {
      signal.throwIfAborted();
      throw sourceError(error);
    } finally {
      stopWatch();
      signal.removeEventListener('abort', aborted);
      await this.#pull.close();
    }
  }

  #watch(): void {
    const { lastFrame, trouble } = this.#pull;
    const silent = this.#options.clock.monotonic() - Math.max(lastFrame, this.#openedAt);
    if (silent < NO_MEDIA_AFTER) return;
    const why = trouble === undefined ? '' : ` (${trouble})`;
    const seconds = Math.round(silent / 1000);
    const fault = trouble === undefined ? 'no_media' : 'no_playable_track';
    this.#lost.reject(new SourceError(fault, `no picture for ${seconds} s although connected${why}`));
  }
}

function sourceError(error: unknown): unknown {
  if (error instanceof TargetDeniedError) return new SourceError('target_denied', error.message);
  if (error instanceof CertificateChangedError) return new SourceError('tls_changed', error.message);
  if (error instanceof CameraHttpError) return new SourceError(error.reason, error.message);
  if (error instanceof MalformedError) return new SourceError('protocol_error', error.message);
  if (error instanceof RtmpError) {
    const { code, message } = error;
    return new SourceError(code === 'not_rtmp' ? 'protocol_error' : code, message);
  }
  return networkError(error);
}

/** The system's errors of connecting and reading, in words. */
const SYSTEM: Readonly<Record<string, readonly [StreamFault, string]>> = {
  ECONNREFUSED: ['refused', 'the camera refuses connections'],
  ECONNRESET: ['closed_by_camera', 'the camera reset the connection'],
  EPIPE: ['closed_by_camera', 'the camera closed the connection'],
  ETIMEDOUT: ['timeout', 'the camera does not answer'],
  EHOSTUNREACH: ['unreachable', 'the camera cannot be reached'],
  ENETUNREACH: ['unreachable', 'the network of the camera cannot be reached'],
  ENOTFOUND: ['unreachable', 'the name of the camera is not known'],
  EAI_AGAIN: ['unreachable', 'the name of the camera could not be looked up'],
};

function networkError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const known = SYSTEM[error.code] ?? (error.code.startsWith('HPE_') ? NO_HTTP : undefined);
  return known ? new SourceError(...known) : error;
}

const NO_HTTP: readonly [StreamFault, string] = ['protocol_error', 'the answer is no HTTP'];
