export { StreamRecording } from './stream-recording.ts';
