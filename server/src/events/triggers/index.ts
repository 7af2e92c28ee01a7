export { RecordingTriggers } from './triggers.ts';
