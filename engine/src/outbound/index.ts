export { cameraSocket, TargetDeniedError } from './camera-socket.ts';
