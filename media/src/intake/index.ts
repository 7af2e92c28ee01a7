export type { MediaUnit } from './intake.ts';
export { MediaSession, type MediaSessionOptions } from './media-session.ts';
