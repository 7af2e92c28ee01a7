export { MjpegToStream, type MjpegToStreamOptions } from './to-stream.ts';
