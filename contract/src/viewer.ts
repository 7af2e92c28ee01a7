import { z } from 'zod';

/** By which way out a viewer watches. */
export const ViewerProtocol = z.enum(['webrtc', 'mse', 'hls', 'mp4', 'flv', 'rtsp', 'rtmp', 'mjpeg']);
export type ViewerProtocol = z.infer<typeof ViewerProtocol>;

/**
 * Why a viewer is no longer there: it went, did not keep up, may no longer watch, the source ended for good, the
 * stream was removed, the engine ends, or something of ours failed.
 */
export const ViewerEnd = z.enum([
  'left',
  'too_slow',
  'right_ended',
  'stream_ended',
  'stream_removed',
  'shutdown',
  'failed',
]);
export type ViewerEnd = z.infer<typeof ViewerEnd>;
