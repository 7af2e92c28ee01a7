export { type CameraAnswer, CameraHttpError, openCameraHttp } from './camera-http.ts';
export { type CameraSockets, cameraSockets, pushSockets, TargetDeniedError } from './camera-socket.ts';
export { storeGuard } from './store-guard.ts';
