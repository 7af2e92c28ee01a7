export { acceptRelay } from './accept-relay.ts';
