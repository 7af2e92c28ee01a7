export { Doorstep, type DoorstepOptions } from './doorstep.ts';
