export type { Snapshot } from './snapshot.ts';
export { Snapshots } from './snapshots.ts';
