import type { Jobs } from '../../jobs/index.ts';
import { type Clock, DomainError } from '../../kernel/index.ts';

/** What is captured by itself, later or at once: a clip, a still. */
export interface Capture {
  id: string;
  streamId: string;
  /** Whose it is, as `kind:id`. */
  owner: string;
  /** UTC milliseconds before which its media is not whole. */
  due: number;
}

/** Why what a row asks for is not there: it failed, or is still to come. */
export const notThere = ({ status, error }: { status: string; error: string | null }): DomainError =>
  status === 'failed'
    ? new DomainError('NOT_FOUND', error ?? 'Nothing came of it')
    : new DomainError('CONFLICT', `It is not there yet (${status})`);

interface Options {
  /** Of the jobs. */
  kind: string;
  jobs: Jobs;
  clock: Clock;
  /** Takes what the row asks for and says in the row what came of it. Throws DomainError. */
  take: (id: string, signal: AbortSignal) => Promise<void>;
  /** Says in the row that nothing will come, and why. */
  failed: (id: string, why: string) => Promise<void>;
}

const CONCURRENCY = 8;
/** Milliseconds a caller waits for what could be there at once. */
const PATIENCE_MS = 10_000;
/** Milliseconds between two tries while the engine is away. */
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const AWAY = new Set(['ENGINE_UNAVAILABLE', 'ENGINE_FAILED']);

/** Takes captures as jobs: a few at a time, again after a restart, and patient while the engine is away. */
export class Captures {
  readonly #options: Options;
  /** Why a capture that is waited for failed. */
  readonly #reasons = new Map<string, DomainError>();
  readonly #awaited = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
    options.jobs.define(options.kind, {
      concurrency: CONCURRENCY,
      resumable: true,
      run: async (job, { signal }) => {
        const { id } = job.request as { id: string };
        await this.#take(id, signal);
        return { id };
      },
      ended: async (job) => {
        const { id } = job.request as { id: string };
        if (job.state === 'completed') return;
        await options.failed(id, job.error ?? 'it was cancelled');
      },
    });
  }

  /** Has it taken when it is due. What is due now is waited for; throws why it failed then. */
  async begin({ id, streamId, owner, due }: Capture): Promise<void> {
    const { kind, jobs, clock } = this.#options;
    const now = clock.utc();
    const request = { id };
    if (due > now) {
      await jobs.begin({ kind, owner, streamId, request, due });
      return;
    }
    this.#awaited.add(id);
    try {
      const job = await jobs.begin({ kind, owner, streamId, request });
      const { state, error } = await jobs.settled(job.id, PATIENCE_MS);
      if (state === 'failed' || state === 'cancelled')
        throw this.#reasons.get(id) ?? new DomainError('INTERNAL_ERROR', error ?? undefined);
    } finally {
      this.#awaited.delete(id);
      this.#reasons.delete(id);
    }
  }

  /** Begins again what no job is about any more: the program ended between row and job, or another state came. */
  async resume(captures: readonly Capture[]): Promise<void> {
    const { kind, jobs } = this.#options;
    const about = new Set((await jobs.unfinished(kind)).map(({ request }) => (request as { id: string }).id));
    for (const { id, streamId, owner, due } of captures)
      if (!about.has(id)) await jobs.begin({ kind, owner, streamId, request: { id }, due });
  }

  async #take(id: string, signal: AbortSignal): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#options.take(id, signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.#pause(this.#patience(id, tries, error), signal);
      }
    }
  }

  /** Milliseconds until the next try. Throws the error when there is none. */
  #patience(id: string, tries: number, error: unknown): number {
    if (!(error instanceof DomainError)) throw error;
    const awaited = this.#awaited.has(id);
    const pause = PAUSES[tries];
    if (AWAY.has(error.code) && pause !== undefined && !awaited) return pause;
    if (awaited) this.#reasons.set(id, error);
    throw error;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(cancel);
  }
}
