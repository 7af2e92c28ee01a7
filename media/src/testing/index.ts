export { openTestPeer } from '../webrtc/testing/open-test-peer.ts';
export type { TestPeer } from '../webrtc/testing/test-peer.ts';
export { SyntheticCamera, type SyntheticCameraOptions } from './camera/camera.ts';
export { type CameraOptions, type SyntheticCameras, startSyntheticCameras } from './camera/cameras.ts';
export { CLIPS, type Clip, type ClipTrack, loadClip } from './camera/clip.ts';
export { Wheel } from './camera/wheel.ts';
export { CLOCK_BAR, clockBarBlocks, type Pixels, readClockBar, readFlash } from './clock-bar.ts';
export { FakeClock } from './fake-clock.ts';
export {
  type ByteFaults,
  type DatagramFaults,
  FaultProxy,
  type FaultProxyOptions,
  seeded,
  UdpFaultProxy,
} from './faults/index.ts';
export { type FinderOptions, finderModel, type YoloLayout, yolov5nModel } from './onnx/index.ts';
export { SELF_SIGNED, SELF_SIGNED_AGAIN, SELF_SIGNED_LONG_AGO } from './self-signed.ts';
