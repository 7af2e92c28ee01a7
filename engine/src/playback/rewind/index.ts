export type { Kind, PastView } from './past.ts';
export { MAX_REWIND, Rewind } from './rewind.ts';
