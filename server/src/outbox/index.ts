export { NeverError, Outbox } from './outbox.ts';
export { signatureOf } from './signature.ts';
export type { Delivery } from './store.ts';
