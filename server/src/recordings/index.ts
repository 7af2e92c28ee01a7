export { Recordings } from './recordings.ts';
export { Retention } from './retention.ts';
