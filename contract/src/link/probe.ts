import { z } from 'zod';
import { Fingerprint, StreamFault, TrackFact, Transport } from '../stream.ts';
import { DesiredSource } from './desired.ts';

/** Asks the engine to connect to a camera once, to look at what it sends, and to leave. */
export const ProbeCommand = z.object({
  type: z.literal('probe'),
  id: z.number().int(),
  source: DesiredSource,
});

/** What was measured of a camera in the seconds that it was watched. */
export const ProbeReport = z.object({
  /** Why there is no picture; the rest is what was learnt before. */
  fault: StreamFault.optional(),
  message: z.string().max(2000).optional(),
  transport: Transport.optional(),
  tracks: z.array(TrackFact),
  /** Seconds of media that were looked at. */
  seconds: z.number(),
  video: z
    .object({
      frame_rate: z.number().nullable(),
      /** Seconds from one key frame to the next; null when no second one came. */
      gop_seconds: z.number().nullable(),
      gop_frames: z.number().nullable(),
      /** Pictures come in another order than they are shown. */
      b_frames: z.boolean(),
      bitrate: z.number(),
    })
    .optional(),
  audio: z.object({ bitrate: z.number() }).optional(),
  packets_lost: z.number().int(),
  /** Seconds by which the camera's clock is ahead of this machine's; null when it does not tell. */
  clock_skew: z.number().nullable(),
  /** Of a camera inside TLS. */
  certificate: Fingerprint.optional(),
});
export type ProbeReport = z.infer<typeof ProbeReport>;
