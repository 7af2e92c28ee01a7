export { createDoor, isViewersSocket } from './door.ts';
export { isAnswering, listenOnSocket } from './socket.ts';
