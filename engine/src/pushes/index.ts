export { Pushes, type PushesOptions } from './pushes.ts';
