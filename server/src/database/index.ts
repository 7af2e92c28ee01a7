export { type Database, openDatabase, type Sql } from './database.ts';
export { resealAll } from './reseal.ts';
export type { Schema } from './schema.ts';
export { readSnapshot, restoreRows, type SnapshotRows, writeSnapshot } from './snapshot.ts';
