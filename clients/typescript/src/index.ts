export { type Hls, NightjarClient } from './client.ts';
export { type ClientOptions, NightjarError } from './connection.ts';
export type { ConsumeDevice, Watching, WatchingState } from './consume.ts';
export type * from './shapes.ts';
export { openWebhook } from './webhook.ts';
