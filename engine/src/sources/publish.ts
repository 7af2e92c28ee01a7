import { type PublisherTakeover, publishKeyHash } from '@nightjar/contract/link';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';

/** Milliseconds without a frame after which a publisher may be replaced, and after which it is ended. */
const SILENT = 5_000;
const NO_MEDIA_AFTER = 10_000;
const WATCH_INTERVAL = 1_000;
/** Milliseconds a publisher waits for the one before it to leave. */
const TURN = 2_000;
const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/** The connection of a publisher, as the stream that it feeds sees it. */
export interface Publisher {
  readonly counters: SourceCounters;
  /** Monotonic milliseconds of the last frame, or of its beginning. */
  readonly lastFrame: number;
  /** How its media travels, where there is a choice. */
  readonly transport?: 'tcp' | 'udp' | undefined;
  /** What it sends and nobody can use, in words. */
  readonly trouble?: string | undefined;
  /** The stream takes no more of it. Called once; nothing of the stream may be touched afterwards. */
  end(reason: string): void;
}

/** A publisher that was let in. */
export interface Admission {
  /** The publisher went by itself, or failed. */
  lost(error: SourceError): void;
}

/** Why a publisher is not let in: no stream has its key, or the stream's publisher stays. */
export type PublishRefusal = 'unknown_key' | 'taken';

/**
 * Streams that wait for a publisher, by the hash of the key that it has to show. All listeners share one: a stream
 * has one publisher, whatever it speaks.
 */
export class Publishers {
  readonly #takeover: () => PublisherTakeover;
  readonly #runs = new Map<string, PublishRun>();
  readonly #expected = new Map<string, Set<(run: PublishRun) => void>>();

  /** `takeover`: as it is set now. */
  constructor(takeover: () => PublisherTakeover = () => 'when_silent') {
    this.#takeover = takeover;
  }

  readonly start: StartSource = (options) => {
    const hash = options.source.publish_key_hash;
    if (!hash) throw new SourceError('internal', 'the stream has no key to publish with');
    return new PublishRun(options, (run) => this.#enter(hash, run));
  };

  /** The stream that takes publishers with this key now. */
  streamOf(key: string): SourceOptions['stream'] | undefined {
    return this.#runs.get(publishKeyHash(key))?.options.stream;
  }

  /**
   * Lets a publisher in; `begin` makes it from what the stream gives. One that was silent for 5 s, as half-open
   * connections are (quirk 64), has to go, unless the policy has it otherwise.
   */
  async admit(
    key: string,
    begin: (options: SourceOptions) => Publisher,
  ): Promise<Admission | PublishRefusal> {
    const hash = publishKeyHash(key);
    let run = this.#runs.get(hash);
    if (!run) return 'unknown_key';
    if (run.taken) {
      if (!this.#mayReplace(run)) return 'taken';
      const next = this.#next(hash, run.options);
      run.lose(new SourceError('closed_by_camera', 'another publisher took over', 'at once'));
      run = await next;
    }
    if (!run || run.taken) return 'taken';
    return run.take(begin);
  }

  #mayReplace(run: PublishRun): boolean {
    const takeover = this.#takeover();
    return takeover === 'when_silent' ? run.silent : takeover === 'always';
  }

  #enter(hash: string, run: PublishRun): () => void {
    this.#runs.set(hash, run);
    for (const tell of this.#expected.get(hash) ?? []) tell(run);
    return () => {
      if (this.#runs.get(hash) === run) this.#runs.delete(hash);
    };
  }

  #next(hash: string, { clock }: SourceOptions): Promise<PublishRun | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#expected.get(hash) ?? new Set();
      this.#expected.set(hash, waiting);
      const settle = (run?: PublishRun): void => {
        cancel();
        waiting.delete(settle);
        if (waiting.size === 0) this.#expected.delete(hash);
        resolve(run);
      };
      const cancel = clock.after(TURN, () => settle());
      waiting.add(settle);
    });
  }
}

/** One publisher's time on a stream, and the wait for it. */
class PublishRun implements SourceRun {
  readonly options: SourceOptions;
  readonly #enter: (run: PublishRun) => () => void;
  readonly #lost = Promise.withResolvers<never>();
  #publisher: Publisher | undefined;
  #over = false;

  constructor(options: SourceOptions, enter: (run: PublishRun) => () => void) {
    this.options = options;
    this.#enter = enter;
    // It may end before anybody waits for it.
    this.#lost.promise.catch(() => undefined);
  }

  get counters(): SourceCounters {
    return this.#publisher?.counters ?? NOTHING;
  }

  get transport(): 'tcp' | 'udp' | undefined {
    return this.#publisher?.transport;
  }

  get taken(): boolean {
    return this.#publisher !== undefined;
  }

  /** Its publisher says nothing any more. */
  get silent(): boolean {
    return this.#silence() >= SILENT;
  }

  async run(): Promise<never> {
    const { signal, clock } = this.options;
    const aborted = (): void => this.#lost.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    const leave = this.#enter(this);
    const stopWatch = clock.every(WATCH_INTERVAL, () => this.#watch());
    let reason = 'the stream was stopped';
    try {
      signal.throwIfAborted();
      return await this.#lost.promise;
    } catch (error) {
      if (error instanceof SourceError) reason = error.message;
      throw error;
    } finally {
      this.#over = true;
      leave();
      stopWatch();
      signal.removeEventListener('abort', aborted);
      this.#publisher?.end(reason);
    }
  }

  take(begin: (options: SourceOptions) => Publisher): Admission {
    this.#publisher = begin(this.options);
    return { lost: (error) => this.lose(error) };
  }

  lose(error: SourceError): void {
    if (!this.#over) this.#lost.reject(error);
  }

  #silence(): number {
    return this.#publisher ? this.options.clock.monotonic() - this.#publisher.lastFrame : 0;
  }

  #watch(): void {
    const silent = this.#silence();
    if (silent < NO_MEDIA_AFTER) return;
    const seconds = Math.round(silent / 1000);
    const trouble = this.#publisher?.trouble;
    const why = trouble === undefined ? '' : ` (${trouble})`;
    this.lose(new SourceError('no_media', `the publisher sent no picture for ${seconds} s${why}`, 'at once'));
  }
}
