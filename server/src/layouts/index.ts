export { type Layout, Layouts } from './layouts.ts';
