export { MoveError, type Task } from './messages.ts';
export { Mover } from './mover.ts';
