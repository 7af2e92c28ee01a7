/** How far a job is. `interrupted` jobs of before a restart are `waiting` again, or `failed` where they cannot be. */
export type JobState = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';

export const ENDED: ReadonlySet<JobState> = new Set(['completed', 'failed', 'cancelled']);

/** One piece of work that outlives the request it came with; times ISO 8601 UTC with ms. */
export interface Job {
  id: string;
  kind: string;
  state: JobState;
  /** Percent. */
  progress: number;
  /** Whose it is, as `kind:id`. */
  owner: string;
  /** The stream it is about, where it is about one. */
  streamId: string | null;
  /** What was asked for; known to its kind alone. */
  request: unknown;
  /** What came of it; null until it is completed. */
  result: unknown;
  error: string | null;
  createdAt: string;
  /** Not begun before this. */
  dueAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

/** What a job is done with. */
export interface JobContext {
  /** Cancelled, or the program ends. */
  signal: AbortSignal;
  /** Percent, from 0 to 100; rejects never. */
  progress: (percent: number) => void;
}

/** How jobs of one kind are done. */
export interface JobKind {
  /** At the same time. */
  concurrency: number;
  /** Whether it may be begun anew after a restart of the program; otherwise it has failed by it. */
  resumable: boolean;
  /** Answers with the result. What it throws as a DomainError is told; everything else is an internal error. */
  run: (job: Job, context: JobContext) => Promise<unknown>;
  /** It ended, and how; called once, also for jobs that are ended while they wait. */
  ended?: (job: Job) => Promise<void>;
}
