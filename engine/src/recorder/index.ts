export { readDescription } from './description.ts';
export { Footage } from './footage.ts';
export { Recorder } from './recorder.ts';
export { segmentStart } from './segment-name.ts';
export { fileStorage, hotFolder, type Storage } from './storage.ts';
