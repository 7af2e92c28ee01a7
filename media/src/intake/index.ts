export type { Intake, MediaUnit } from './intake.ts';
export { MediaSession, type MediaSessionOptions } from './media-session.ts';
export { TsToStream, type TsToStreamOptions } from './ts-to-stream.ts';
export { TS_RATE, TsUnits } from './ts-units.ts';
