export { CountingPool } from './counting-pool.ts';
export { audioTrack, type PlayOptions, Publisher, videoTrack } from './publisher.ts';
export { QuietLog } from './quiet-log.ts';
export { until } from './until.ts';
