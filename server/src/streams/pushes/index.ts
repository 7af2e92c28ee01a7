export { Pushes } from './pushes.ts';
