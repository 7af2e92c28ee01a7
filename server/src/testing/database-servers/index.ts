export type { DatabaseServer } from './database-server.ts';
export { startMariadb } from './mariadb.ts';
export { startPostgres } from './postgres.ts';
