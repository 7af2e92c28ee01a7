export {
  isSound,
  lookAtSealed,
  type SealedLook,
  sealedTimes,
  soundRecords,
  tailOf,
  wholeEnd,
} from './look.ts';
export { SealingFile } from './sealing-file.ts';
export { UnsealError, Unsealed } from './unsealed.ts';
