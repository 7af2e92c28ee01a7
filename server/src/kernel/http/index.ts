export { cookieOf, credentialOf, SESSION_COOKIE, streamNotFound } from './access.ts';
export { type App, createHttpApp } from './app.ts';
export { clientAddresses, networkOf } from './client-address.ts';
export { defined } from './defined.ts';
export { fromLoopback } from './loopback.ts';
export { ownOrigin } from './origin.ts';
export type { Access, Principal, Reach, RouteObject } from './principal.ts';
export { invalidByIssues, type Problem, pathOf } from './problem.ts';
export { type Counted, RateLimiter, type SharedCounts } from './rate-limit.ts';
