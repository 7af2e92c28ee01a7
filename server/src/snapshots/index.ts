export type { Snapshot } from './snapshot.ts';
export { type NewSnapshot, Snapshots } from './snapshots.ts';
