export type { Job, JobContext, JobState } from './job.ts';
export { Jobs } from './jobs.ts';
