import { RecordedCamera } from './recorded-camera.ts';

/** Pictures a second. */
export const FPS = 25;

/** 0 to 30 s in three files, nothing to 40 s, then 40 to 52 s and a growing file; key frames every 1.2 s. */
export async function cameraWithGap(folder: string): Promise<RecordedCamera> {
  const camera = new RecordedCamera(folder, { segmentDuration: 10 });
  await camera.play(30, { gop: 30 });
  await camera.pause(10);
  await camera.play(12, { gop: 30 });
  return camera;
}

/** Of the picture shown at this second by that camera: pictures are numbered without those of the gap. */
export const pictureAt = (seconds: number): number =>
  Math.round(seconds * FPS) - (seconds >= 40 ? 10 * FPS : 0);
