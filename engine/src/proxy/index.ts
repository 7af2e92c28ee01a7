export { StreamProxy } from './proxy.ts';
