import type { PushState, StreamFault } from '@nightjar/contract';
import type { DesiredPush, PushFact } from '@nightjar/contract/link';
import { RtmpError } from '@nightjar/media/rtmp';
import { type Connect, RtspError } from '@nightjar/media/rtsp';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { TargetDeniedError } from '../outbound/index.ts';
import { type EngineStream, pauseBefore } from '../streams/index.ts';
import { PushCertificateError, pushSession } from './session.ts';

export interface PushOptions {
  readonly streamId: string;
  readonly push: DesiredPush;
  /** What is shown of the stream: with privacy on, its covered rendition. */
  readonly stream: () => EngineStream | undefined;
  readonly connect: Connect;
  readonly readBuffer: Buffer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly told: (fact: PushFact) => void;
  readonly log: Pick<Log, 'error'>;
}

/** Milliseconds between looks for media. */
const LOOK = 500;
/** Pauses grow to 30 s: a server outside is not to be hammered. */
const PAUSES = { backoff_ms: 1_000, max_attempts: 1 };
/** Milliseconds after which a connection counts as good, so that pauses begin anew. */
const GOOD = 10_000;
/** Faults that trying again does not mend; a person must. */
const FINAL: ReadonlySet<StreamFault> = new Set(['auth_failed', 'target_denied', 'tls_changed']);

/** Keeps one stream on its way to one server outside: waits for media, connects, tries again with growing pauses. */
export class Push {
  /** How it stands now. */
  fact: PushFact;
  readonly #options: PushOptions;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #attempts = 0;
  #liveSince: number | undefined;

  constructor(options: PushOptions) {
    this.#options = options;
    this.fact = this.#factOf('waiting');
    this.#done = this.#run(this.#abort.signal);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#abort.abort(new DOMException('the push was stopped', 'AbortError'));
    await this.#done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const stream = this.#options.stream();
      const release = stream?.demand.hold();
      try {
        if (!stream || stream.media.tracks.length === 0) {
          this.#tell('waiting');
          await this.#wait(LOOK, signal);
        } else if (!(await this.#once(stream, signal))) return;
      } finally {
        release?.();
      }
    }
  }

  /** One connection, and the pause behind it; false when it is not tried again. */
  async #once(stream: EngineStream, signal: AbortSignal): Promise<boolean> {
    const { push, clock, random } = this.#options;
    this.#liveSince = undefined;
    if (this.fact.state !== 'retrying') this.#tell('connecting');
    const why = await this.#session(stream, signal);
    if (signal.aborted) return false;
    const good = this.#liveSince !== undefined && clock.monotonic() - this.#liveSince >= GOOD;
    this.#attempts = good ? 1 : this.#attempts + 1;
    const final = FINAL.has(why.fault) || pushSession(push.url) === undefined;
    this.#tell(final ? 'failed' : 'retrying', why);
    if (final) return false;
    await this.#wait(pauseBefore(this.#attempts, PAUSES, random), signal);
    return true;
  }

  async #session(
    stream: EngineStream,
    signal: AbortSignal,
  ): Promise<{ fault: StreamFault; message: string }> {
    const { streamId, push, log, clock } = this.#options;
    const session = pushSession(push.url);
    if (!session) return { fault: 'not_rtsp', message: 'nothing is pushed to this kind of address' };
    try {
      return await session(
        {
          ...this.#options,
          stream,
          onLive: () => {
            this.#liveSince = clock.monotonic();
            this.#tell('live');
          },
        },
        signal,
      );
    } catch (error) {
      const known = explained(error);
      if (!known && !signal.aborted) {
        log.error('a push failed in an unexpected way', { stream_id: streamId, push_id: push.id, error });
      }
      return known ?? { fault: 'internal', message: 'an internal error ended the connection' };
    }
  }

  #tell(state: PushState, why?: { fault: StreamFault; message: string }): void {
    if (state === this.fact.state && why === undefined) return;
    this.fact = this.#factOf(state, why);
    this.#options.told(this.fact);
  }

  #factOf(state: PushState, why?: { fault: StreamFault; message: string }): PushFact {
    const { streamId: stream_id, push, clock } = this.#options;
    const at = new Date(clock.utc()).toISOString();
    return { kind: 'push.state', stream_id, push_id: push.id, state, at, ...why };
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) return Promise.resolve();
    const cancel = this.#options.clock.after(ms, resolve);
    const aborted = (): void => resolve();
    signal.addEventListener('abort', aborted, { once: true });
    return promise.finally(() => {
      cancel();
      signal.removeEventListener('abort', aborted);
    });
  }
}

/** The system's errors of connecting, in words. */
const SYSTEM: Readonly<Record<string, readonly [StreamFault, string]>> = {
  ENOTFOUND: ['unreachable', 'the name of the server is not known'],
  EAI_AGAIN: ['unreachable', 'the name of the server could not be looked up'],
};

function explained(error: unknown): { fault: StreamFault; message: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (error instanceof TargetDeniedError) return { fault: 'target_denied', message };
  if (error instanceof PushCertificateError) return { fault: 'tls_changed', message };
  if (error instanceof RtmpError) {
    return { fault: error.code === 'not_rtmp' ? 'protocol_error' : error.code, message };
  }
  if (error instanceof RtspError) return { fault: error.code, message };
  const [fault, words] = ('code' in error && SYSTEM[String(error.code)]) || [];
  return fault && words ? { fault, message: words } : undefined;
}
