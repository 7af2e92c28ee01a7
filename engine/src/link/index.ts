export { type Command, LinkServer } from './link-server.ts';
