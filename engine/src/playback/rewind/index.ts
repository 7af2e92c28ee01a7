export { MAX_REWIND, Rewind } from './rewind.ts';
