export { Captures, notThere } from './captures.ts';
export { EngineFootage } from './engine-footage.ts';
export { KeptFiles } from './kept-files.ts';
export { captureRows } from './store.ts';
