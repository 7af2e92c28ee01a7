export { arrangements } from './arrangements.ts';
export { captures } from './captures.ts';
export { at, ODD, type Tour } from './step.ts';
export { watchVerbs } from './verbs.ts';
