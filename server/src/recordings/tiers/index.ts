export { Mover } from './mover/index.ts';
export { Tiers } from './tiers.ts';
