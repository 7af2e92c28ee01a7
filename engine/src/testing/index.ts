export { CameraFront, type CameraFrontOptions } from './camera-front.ts';
export { ClipPlayer } from './clip-player.ts';
export { CountingPool } from './counting-pool.ts';
export { desiredState, desiredStream } from './desired.ts';
export { DoorClient } from './door-client.ts';
export { EngineProcess } from './engine-process.ts';
export {
  audioTrack,
  jpegTrack,
  type PlayOptions,
  Publisher,
  telephoneTrack,
  videoTrack,
} from './publisher.ts';
export { QuietLog } from './quiet-log.ts';
export { type ScriptedRun, ScriptedSource } from './scripted-source.ts';
export { StreamsRig } from './streams-rig.ts';
export { until } from './until.ts';
