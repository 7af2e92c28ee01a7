export { type FootageEngine, Recordings } from './recordings.ts';
export { Retention } from './retention.ts';
export { rebuildIndex, type Verification, verifyIndex } from './verification.ts';
