export type { Certificates } from './certificates.ts';
export { openTls } from './open.ts';
