export { type Box, type Found, hull, widened } from './box.ts';
export { forkDetector } from './child.ts';
export { type DetectClock, NoAnswer } from './detector-life.ts';
export { Detectors } from './detectors.ts';
export { Looker } from './looker.ts';
export { type Track, Tracker } from './tracker.ts';
export { foundIn, rowsOf } from './yolo.ts';
