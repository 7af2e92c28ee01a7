export { Convergence } from './convergence.ts';
export type { EngineStream } from './engine-stream.ts';
export { StreamRegistry } from './registry.ts';
export { trackFact } from './track-fact.ts';
