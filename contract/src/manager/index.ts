export * from './common.ts';
export * from './config.ts';
export * from './events.ts';
export * from './recording-control.ts';
export * from './recordings.ts';
export * from './stream-config.ts';
export * from './streams.ts';
export * from './system.ts';
