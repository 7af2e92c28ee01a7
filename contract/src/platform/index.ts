export * from './access.ts';
export * from './auth.ts';
export * from './cameras.ts';
export * from './dashboard.ts';
export * from './layouts.ts';
export * from './recordings.ts';
export * from './streaming.ts';
