export * from './auth.ts';
export * from './consumers.ts';
export * from './errors.ts';
export * from './streams.ts';
