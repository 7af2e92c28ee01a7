export { unchanged } from './changes.ts';
export { databaseFile, openConfigured } from './configured.ts';
export { copyInstallation } from './copy.ts';
export { nextNumber } from './counters.ts';
export { openDatabase } from './database.ts';
export type { Database, Sql } from './handle.ts';
export { resealAll } from './reseal.ts';
export type { Schema } from './schema.ts';
export { readSnapshot, restoreRows, type SnapshotRows } from './snapshot.ts';
