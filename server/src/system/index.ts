export { System } from './system.ts';
