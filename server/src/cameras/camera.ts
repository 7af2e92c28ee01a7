import type { StreamView } from '../streams/index.ts';

/** A camera as it is stored; times are ISO 8601 UTC. */
export interface Camera {
  /** Also the id of its first stream. */
  id: string;
  name: string;
  /** Of one camera alone. */
  serialNumber: string;
  location: string | null;
  description: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What people write of a camera. */
export type CameraDetails = Pick<Camera, 'name' | 'serialNumber' | 'location' | 'description'>;

/** A camera with its streams. */
export interface CameraView {
  camera: Camera;
  /** The one that is shown and recorded: what is pulled comes before what is pushed. */
  main: StreamView;
  streams: readonly StreamView[];
  /** The stream that is pushed to us. */
  pushed: StreamView | undefined;
}
