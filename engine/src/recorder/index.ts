export { Footage } from './footage.ts';
export { Recorder } from './recorder.ts';
export { fileStorage, hotFolder, type Storage } from './storage.ts';
