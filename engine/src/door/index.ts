export { createDoor, isViewersSocket } from './door.ts';
export { listenOnSocket } from './socket.ts';
