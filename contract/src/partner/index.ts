export * from './auth.ts';
export * from './bookmarks.ts';
export * from './captures.ts';
export * from './consumers.ts';
export * from './errors.ts';
export * from './snapshots.ts';
export * from './streams.ts';
export * from './webhooks.ts';
