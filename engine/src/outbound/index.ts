export { type CameraSockets, cameraSockets, TargetDeniedError } from './camera-socket.ts';
