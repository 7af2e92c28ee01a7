export { type App, createHttpApp, type Dialect } from './app.ts';
export type { Access, Principal } from './principal.ts';
export { invalidByIssues, type Problem, pathOf } from './problem.ts';
