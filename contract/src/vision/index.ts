export * from './detector.ts';
export * from './messages.ts';
