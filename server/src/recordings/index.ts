export { ClockSteps, Retention } from './keeping/index.ts';
export { type FootageEngine, Recordings } from './recordings.ts';
export { FootageSearch } from './search.ts';
export type { FootageTotals, Segment } from './segment.ts';
export { SignedUrls } from './signed-urls.ts';
export { rebuildIndex, type Verification, verifyIndex } from './verification.ts';
