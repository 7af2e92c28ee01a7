export { Choice } from './choice.ts';
export { H264Coder } from './coder.ts';
export { HARDWARE } from './kinds.ts';
export { tryOut, videoDevices } from './trial.ts';
