export { credentialOf } from './access.ts';
export { type App, createHttpApp } from './app.ts';
export { fromLoopback } from './loopback.ts';
export type { Principal } from './principal.ts';
export { invalidByIssues, type Problem, pathOf } from './problem.ts';
export { RateLimiter } from './rate-limit.ts';
