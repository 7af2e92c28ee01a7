import type { StreamFault } from '@nightjar/contract';
import type { Track } from '@nightjar/media/stream';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from '../sources/index.ts';

/** One connection to a camera that does what a test says. */
export class ScriptedRun implements SourceRun {
  counters: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };
  transport: SourceRun['transport'];
  mayWait: SourceRun['mayWait'];
  readonly options: SourceOptions;
  /** Nothing more will come of this run. */
  over = false;
  readonly #lost = Promise.withResolvers<never>();

  constructor(options: SourceOptions) {
    this.options = options;
  }

  async run(): Promise<never> {
    const { signal, stream } = this.options;
    const abort = (): void => this.#lost.reject(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      return await this.#lost.promise;
    } finally {
      this.over = true;
      signal.removeEventListener('abort', abort);
      if (stream.tracks.length > 0) stream.setTracks([]);
    }
  }

  ready(tracks: readonly Track[]): this {
    this.options.stream.setTracks(tracks);
    this.options.onReady();
    return this;
  }

  live(): this {
    this.options.onLive();
    return this;
  }

  lose(fault: StreamFault, message = `the test said ${fault}`): void {
    this.#lost.reject(new SourceError(fault, message));
  }

  /** Ends in a way no source should. */
  break(error: unknown): void {
    this.#lost.reject(error);
  }
}

/** Cameras that do what a test says; every connection made is kept. */
export class ScriptedSource {
  readonly runs: ScriptedRun[] = [];

  readonly start: StartSource = (options) => {
    const run = new ScriptedRun(options);
    this.runs.push(run);
    return run;
  };

  /** The newest connection. */
  get run(): ScriptedRun {
    return this.runs.at(-1)!;
  }

  /** Connections that are not over. */
  get open(): ScriptedRun[] {
    return this.runs.filter(({ over }) => !over);
  }
}
