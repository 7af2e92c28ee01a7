export { pauseBefore } from './backoff.ts';
export { Convergence } from './convergence.ts';
export type { EngineStream } from './engine-stream.ts';
export { type RegistryOptions, StreamRegistry } from './registry.ts';
export { trackFact } from './track-fact.ts';
