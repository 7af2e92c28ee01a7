export { type Readable, soundRendition, webRtcCarries } from './sound-rendition.ts';
