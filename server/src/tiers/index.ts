export { Mover } from './mover/index.ts';
export { type TierHappening, Tiers, type TierView } from './tiers.ts';
