export { answerHeaders, EngineDoor, forwardedHeaders, pourInto } from './door.ts';
export type { EndlessAnswer } from './endless.ts';
export { EngineLink } from './engine-link.ts';
export type { FactSink } from './intake.ts';
export type { RecordedBody } from './recorded-body.ts';
export { refusal, refusalIn, unreachable } from './refusal.ts';
export { type RelayedAnswer, RelayLine } from './relay/index.ts';
