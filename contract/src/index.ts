export * from './errors.ts';
export * from './inference.ts';
export * from './privacy.ts';
export * from './push.ts';
export * from './schedule.ts';
export * from './scopes.ts';
export * from './stream.ts';
export * from './viewer.ts';
