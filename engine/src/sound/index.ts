export { type Readable, type RenditionOptions, soundRendition, webRtcCarries } from './sound-rendition.ts';
