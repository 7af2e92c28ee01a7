export { answerHeaders, EngineDoor, forwardedHeaders } from './door.ts';
export { EngineLink } from './engine-link.ts';
export type { FactSink } from './intake.ts';
