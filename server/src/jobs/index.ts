export type { Job, JobContext } from './job.ts';
export { Jobs } from './jobs.ts';
