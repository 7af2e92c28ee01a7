export type { DatabaseServer } from './database-server.ts';
export { startMariadb } from './mariadb.ts';
export { startPostgres } from './postgres.ts';
export { type RedisServer, startRedis } from './redis.ts';
