export { OneCamera } from '../cameras/one-camera.ts';
export { SyntheticCameras } from '../cameras/synthetic.ts';
export { largestStep, probeFootage } from '../footage/continuity.ts';
export { decodeComplaints } from '../footage/ffmpeg.ts';
export { recordsAgain } from '../footage/files-grow.ts';
export { footage, footageBytes, footageFolder } from '../footage/footage.ts';
export { type KillsReport, killsOfOneEngine } from '../footage/kills.ts';
export { lastPictureTime, minuteDifference } from '../footage/sighting.ts';
export { measureSync } from '../footage/sync.ts';
export { ForeignPeer } from '../webrtc/foreign-peer.ts';
export {
  installClock,
  leave,
  readClock,
  type Sight,
  type Watching,
  type WatchRequest,
  watchByWhep,
} from '../webrtc/in-page.ts';
export { ApiClient } from './api.ts';
export { Browser } from './browser.ts';
export { outputOf, runCommand } from './command.ts';
export { eventually, monotonicMs } from './eventually.ts';
export { type ImageSight, prepareImages, watchImage } from './image.ts';
export { Installation, TEST_CONFIG } from './installation.ts';
export { processesWith } from './processes.ts';
export { ProductPage } from './product-page.ts';
export { Program } from './program.ts';
export { seededRandom, testSeed } from './random.ts';
export { REPOSITORY } from './repository.ts';
