import { randomBytes } from 'node:crypto';
import type { Database } from '../database/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../kernel/index.ts';
import { ENDED, type Job, type JobKind, type JobState } from './job.ts';
import { type JobQuery, jobStore } from './store.ts';

/** What becomes of a job. */
export interface JobHappening {
  type: 'job.started' | 'job.completed' | 'job.failed' | 'job.cancelled';
  job_id: string;
  kind: string;
  owner: string;
}

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  happened: (happening: JobHappening) => void;
}

interface NewJob {
  kind: string;
  owner: string;
  streamId?: string | undefined;
  request: unknown;
  /** UTC milliseconds before which it is not begun. */
  due?: number | undefined;
}

interface Underway {
  readonly kind: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

const DAY_MS = 86_400_000;
const KEPT_DAYS = 7;
const KEPT = 2_000;
const HOUR_MS = 3_600_000;
/** A row is written for each step of so many percent, not for each byte. */
const STEP = 5;
/** The longest a timer of the clock counts. */
const MAX_TIMER_MS = 2_147_483_647;

/** Work that outlives its request: rows, so many at a time of each kind, cancelled, and taken up after a restart. */
export class Jobs {
  readonly #options: Options;
  readonly #kinds = new Map<string, JobKind>();
  readonly #waiting: Job[] = [];
  readonly #underway = new Map<string, Underway>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #stopPruning: () => void;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  #open = false;

  constructor(options: Options) {
    this.#options = options;
    this.#stopPruning = options.clock.every(HOUR_MS, () => void this.#prune());
  }

  /** Says how jobs of a kind are done; before `start`. */
  define(kind: string, how: JobKind): void {
    this.#kinds.set(kind, how);
  }

  /** Takes up what a program before left: to be done again, or failed where that cannot be. */
  async start(): Promise<void> {
    const { database } = this.#options;
    for (const job of await jobStore.open(database.sql)) {
      const how = this.#kinds.get(job.kind);
      if (how && (job.state === 'waiting' || how.resumable)) {
        if (job.state === 'running') await jobStore.again(database.sql, job.id);
        this.#waiting.push({ ...job, state: 'waiting', progress: 0, startedAt: null });
      } else {
        await this.#end(job, 'failed', { error: 'the program ended while it was under way' });
      }
    }
    this.#open = true;
    await this.#prune();
    this.#turn();
  }

  /** Begins a job of a kind that is defined. */
  async begin({ kind, owner, streamId, request, due }: NewJob): Promise<Job> {
    const { database, clock } = this.#options;
    const createdAt = isoNow(clock);
    const job: Job = {
      id: `${kind}-${randomBytes(6).toString('hex')}`,
      ...{ kind, owner, request, state: 'waiting', progress: 0, result: null, error: null, createdAt },
      streamId: streamId ?? null,
      dueAt: due === undefined ? createdAt : new Date(due).toISOString(),
      ...{ startedAt: null, endedAt: null },
    };
    await database.together((sql) => jobStore.insert(sql, job));
    this.#waiting.push(job);
    this.#turn();
    return job;
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Job> {
    const job = await jobStore.find(this.#options.database.sql, id);
    if (!job) throw new DomainError('NOT_FOUND', `No job with ID '${id}'`, { job_id: id });
    return job;
  }

  list(query: JobQuery): Promise<{ jobs: Job[]; total: number }> {
    return jobStore.list(this.#options.database.sql, query);
  }

  /** Those of a kind that have not ended, oldest first. */
  async unfinished(kind: string): Promise<Job[]> {
    return (await jobStore.open(this.#options.database.sql)).filter((job) => job.kind === kind);
  }

  /** The job once it has ended, or as it is after `ms`. Throws NOT_FOUND. */
  async settled(id: string, ms: number): Promise<Job> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(resolve));
    const cancel = this.#options.clock.after(ms, resolve);
    try {
      const job = await this.get(id);
      if (ENDED.has(job.state)) return job;
      await promise;
      return await this.get(id);
    } finally {
      cancel();
      watchers.delete(resolve);
      if (watchers.size === 0) this.#watchers.delete(id);
    }
  }

  /** Ends a job that has not ended; answers with it as it is then. Throws NOT_FOUND. */
  async cancel(id: string): Promise<Job> {
    const at = this.#waiting.findIndex((job) => job.id === id);
    const underway = this.#underway.get(id);
    if (at >= 0) await this.#end(this.#waiting.splice(at, 1)[0]!, 'cancelled', {});
    else if (underway) {
      underway.abort.abort(new DomainError('CONFLICT', 'it was cancelled'));
      await underway.done;
    }
    return this.get(id);
  }

  /** What is about streams that are gone is ended and forgotten. */
  async streamsChanged(streams: ReadonlySet<string>): Promise<void> {
    const { database } = this.#options;
    const gone = await jobStore.ofOthers(database.sql, streams);
    for (const { id } of gone) {
      await this.cancel(id);
      await jobStore.remove(database.sql, id);
    }
  }

  /** Interrupts what is under way; it is taken up again, or told as failed, at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopPruning();
    this.#cancelTimer?.();
    const done = [...this.#underway.values()].map(({ abort, done: ended }) => {
      abort.abort(new DomainError('CONFLICT', 'the program ends'));
      return ended;
    });
    await Promise.all(done);
    for (const set of this.#watchers.values()) for (const wake of set) wake();
  }

  /** Begins what is due and has room, and sets the timer for what will be. */
  #turn(): void {
    if (this.#closed || !this.#open) return;
    const { clock } = this.#options;
    const now = clock.utc();
    const busy = new Map<string, number>();
    for (const { kind } of this.#underway.values()) busy.set(kind, (busy.get(kind) ?? 0) + 1);
    let next = Number.POSITIVE_INFINITY;
    for (const job of [...this.#waiting]) {
      const due = Date.parse(job.dueAt);
      const room = (this.#kinds.get(job.kind)?.concurrency ?? 0) - (busy.get(job.kind) ?? 0);
      if (due > now) next = Math.min(next, due);
      else if (room > 0) {
        busy.set(job.kind, (busy.get(job.kind) ?? 0) + 1);
        this.#waiting.splice(this.#waiting.indexOf(job), 1);
        this.#begin(job);
      }
    }
    this.#cancelTimer?.();
    this.#cancelTimer = Number.isFinite(next)
      ? clock.after(Math.min(next - now, MAX_TIMER_MS), () => this.#turn())
      : undefined;
  }

  #begin(job: Job): void {
    const abort = new AbortController();
    const done = this.#run(job, abort.signal)
      .catch((error: unknown) => this.#options.log.error({ err: error, job: job.id }, 'a job was lost'))
      .finally(() => {
        this.#underway.delete(job.id);
        this.#turn();
      });
    this.#underway.set(job.id, { kind: job.kind, abort, done });
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#options;
    const how = this.#kinds.get(job.kind)!;
    const started: Job = { ...job, state: 'running', startedAt: isoNow(clock) };
    await database.together((sql) => jobStore.begun(sql, job.id, started.startedAt!));
    this.#tell(started, 'job.started');
    try {
      const result = await how.run(started, { signal, progress: this.#meter(job.id) });
      await this.#end(started, 'completed', { result: result ?? null });
    } catch (error) {
      // Left as it is: the next start says what becomes of it.
      if (this.#closed && signal.aborted) return;
      if (signal.aborted) return this.#end(started, 'cancelled', {});
      const told = error instanceof DomainError ? error.message : 'an internal error ended the job';
      log.warn({ err: error, job: job.id }, 'a job failed');
      await this.#end(started, 'failed', { error: told });
    }
  }

  /** Rows for every few percent. */
  #meter(id: string): (percent: number) => void {
    let told = 0;
    return (percent) => {
      const reached = Math.min(99, Math.floor(percent));
      if (reached < told + STEP) return;
      told = reached;
      jobStore
        .progressed(this.#options.database.sql, id, reached)
        .catch((error: unknown) =>
          this.#options.log.warn({ err: error, job: id }, 'no progress was written'),
        );
    };
  }

  async #end(job: Job, state: JobState, about: { result?: unknown; error?: string }): Promise<void> {
    const { database, clock, log } = this.#options;
    const ended: Job = {
      ...job,
      state,
      progress: state === 'completed' ? 100 : job.progress,
      result: about.result ?? null,
      error: about.error ?? null,
      endedAt: isoNow(clock),
    };
    await database.together((sql) => jobStore.ended(sql, ended));
    await this.#kinds
      .get(job.kind)
      ?.ended?.(ended)
      .catch((error: unknown) => log.error({ err: error, job: job.id }, 'a job ended badly'));
    this.#tell(ended, `job.${state}` as JobHappening['type']);
    for (const wake of this.#watchers.get(job.id) ?? []) wake();
  }

  #tell({ id, kind, owner }: Job, type: JobHappening['type']): void {
    this.#options.happened({ type, job_id: id, kind, owner });
  }

  async #prune(): Promise<void> {
    const { database, clock, log } = this.#options;
    const before = new Date(clock.utc() - KEPT_DAYS * DAY_MS).toISOString();
    await jobStore
      .prune(database.sql, before, KEPT)
      .catch((error: unknown) => log.warn({ err: error }, 'old jobs could not be forgotten'));
  }
}
