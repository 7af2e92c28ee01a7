export { type Answer, type Command, LinkServer } from './link-server.ts';
