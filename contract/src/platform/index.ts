export * from './access.ts';
export * from './auth.ts';
export * from './cameras.ts';
export * from './layouts.ts';
