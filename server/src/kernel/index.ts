export { authorize, listsOriginals, sees, seesOriginals, seesUnblurred } from './authorize.ts';
export { type Bus, createBus } from './bus.ts';
export {
  type CameraHttp,
  type CameraHttpAnswer,
  CameraHttpError,
  type CameraHttpRequest,
  createCameraHttp,
} from './camera-http.ts';
export { type CameraTargets, createCameraTargets } from './camera-targets.ts';
export { type Clock, isoNow, systemClock } from './clock.ts';
export * from './config/index.ts';
export { DomainError, invalid } from './domain-error.ts';
export { hasCode, keyFile, olderKeys, replaceFile } from './files.ts';
export * from './http/index.ts';
export { createLog, type Log, redact } from './log.ts';
export { Secret } from './secret.ts';
export { createSerial } from './serial.ts';
export * from './services/index.ts';
export { createShutdown, type Shutdown } from './shutdown.ts';
export { createVault, type Vault } from './vault.ts';
