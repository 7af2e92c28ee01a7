export type { Config } from './config.ts';
export { ConfigurationError } from './configuration-error.ts';
export type { DatabaseSettings } from './database.ts';
export { type Environment, parseEnvironment } from './environment.ts';
export type { IceServer } from './ice-servers.ts';
export type { RedisSettings } from './redis.ts';
export { Settings } from './settings.ts';
export type { StoreKeys } from './store-keys.ts';
