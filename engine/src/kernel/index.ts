export { createLog, type Log, type LogFields } from './log.ts';
export { Pace } from './pace.ts';
export { receiveRoom } from './receive-room.ts';
export { SealedFile } from './sealed-file.ts';
export { type EngineSettings, readSettings, SettingsError } from './settings.ts';
export { sharedKey } from './shared-key.ts';
