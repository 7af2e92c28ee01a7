export type { Arrival } from './doorstep.ts';
export { FrontDoor, type FrontDoorAddress, type Guest } from './front-door.ts';
