export { hasLanes, LaneSealer } from './sealer.ts';
