export { InvalidSettings } from './settings.ts';
export { createSources } from './source.ts';
export type { StreamErrorEntry, StreamView } from './stream.ts';
export { Streams } from './streams.ts';
