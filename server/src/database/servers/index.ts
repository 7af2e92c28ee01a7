export { openServerDatabase } from './open.ts';
export type { ServerAddress } from './server-engine.ts';
