export * from './errors.ts';
export * from './scopes.ts';
export * from './stream.ts';
export * from './viewer.ts';
