export type { Intake, MediaUnit } from './intake.ts';
export { MediaSession, type MediaSessionOptions } from './media-session.ts';
export { PacedTs, type PacedTsOptions } from './paced-ts.ts';
export { Playout, type PlayoutLane, type WaitingUnit } from './playout.ts';
export { TsToStream, type TsToStreamOptions } from './ts-to-stream.ts';
export { TS_RATE, TsUnits } from './ts-units.ts';
