export { type CommandHandler, LinkServer } from './link-server.ts';
