export { type Hls, type NewBookmark, type NewSnapshot, NightjarClient } from './client.ts';
export { type ClientOptions, NightjarError } from './connection.ts';
export type { ConsumeDevice, Watching, WatchingState } from './consume.ts';
