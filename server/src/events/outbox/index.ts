export { NeverError, Outbox } from './outbox.ts';
export { plainUrl } from './plain-url.ts';
export { accepted, postSigned } from './post.ts';
export type { Delivery } from './store.ts';
