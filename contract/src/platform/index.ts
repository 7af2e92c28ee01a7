export * from './access.ts';
export * from './auth.ts';
