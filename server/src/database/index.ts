export { type Database, openDatabase, type Sql } from './database.ts';
