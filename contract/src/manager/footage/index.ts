export * from './recording-control.ts';
export * from './recordings.ts';
export * from './storage.ts';
