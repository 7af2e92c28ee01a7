export { createDoor } from './door.ts';
export { listenOnSocket } from './socket.ts';
