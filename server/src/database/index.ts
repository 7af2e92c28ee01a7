export { type Database, openDatabase, type Sql } from './database.ts';
export type { Schema } from './schema.ts';
