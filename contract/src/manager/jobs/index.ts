export * from './export.ts';
export * from './job.ts';
