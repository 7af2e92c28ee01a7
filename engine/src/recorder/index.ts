export { checkFootage } from './check.ts';
export { readDescription } from './description.ts';
export { Digests } from './digests.ts';
export { Footage } from './footage.ts';
export { Recorder } from './recorder.ts';
export { lookAtSealed, type SealedLook, UnsealError, Unsealed } from './sealed/index.ts';
export { segmentStart } from './segment-name.ts';
export { fileStorage, hotFolder, type Storage } from './storage.ts';
