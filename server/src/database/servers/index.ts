export { openServerDatabase, type ServerDatabase } from './open.ts';
export type { ServerAddress } from './server-engine.ts';
