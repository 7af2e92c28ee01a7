export { openServerDatabase, type ServerDatabase } from './open.ts';
