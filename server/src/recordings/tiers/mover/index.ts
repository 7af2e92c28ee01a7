export { MoveError } from './messages.ts';
export { Mover } from './mover.ts';
