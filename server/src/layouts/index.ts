export type { Layout } from './layout.ts';
export { Layouts } from './layouts.ts';
