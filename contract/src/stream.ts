import { z } from 'zod';

/** Stream ids on every surface and in every file name. */
export const StreamId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);

/** What a name given by a person adds to that of a file: one path segment. */
export const SegmentLabel = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.mp4$/,
    'must be one file name of letters, digits, . _ - and end in .mp4',
  );

/** The one state machine; each surface translates it into its own words. */
export const StreamState = z.enum(['stopped', 'connecting', 'ready', 'live', 'reconnecting', 'failed']);
export type StreamState = z.infer<typeof StreamState>;

/** Why a stream is not live, as a closed list; `message` beside it is for people. */
export const StreamFault = z.enum([
  'unreachable',
  'refused',
  'timeout',
  'auth_failed',
  'not_found',
  'not_rtsp',
  'no_playable_track',
  'protocol_error',
  'no_media',
  'closed_by_camera',
  'target_denied',
  'tls_changed',
  'storage_full',
  'storage_failed',
  'internal',
]);
export type StreamFault = z.infer<typeof StreamFault>;

/** How a camera's media travels: inside the RTSP connection, in datagrams, or inside RTSP inside HTTP. */
export const Transport = z.enum(['tcp', 'udp', 'http']);
export type Transport = z.infer<typeof Transport>;

/** `auto`: TCP first, then UDP, then HTTP; the one that worked is remembered. */
export const TransportSetting = z.enum(['auto', ...Transport.options]);
export type TransportSetting = z.infer<typeof TransportSetting>;

/** SHA-256 of a certificate, lower-case hex. */
export const Fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/** One track as the engine observes it. */
export const TrackFact = z.object({
  kind: z.enum(['video', 'audio']),
  codec: z.string(),
  codec_string: z.string(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  sample_rate: z.number().int().optional(),
  channels: z.number().int().optional(),
});
export type TrackFact = z.infer<typeof TrackFact>;

/** Figures of one stream, measured by the engine; null is "cannot be measured". */
export const StreamMetrics = z.object({
  /** Bit/s over the last 2 s, since connecting, and the highest 2 s. */
  bitrate: z.object({ current: z.number(), average: z.number(), peak: z.number() }),
  /** Video frames per second over the last 2 s and since connecting; `dropped` frames not passed on. */
  framerate: z.object({ current: z.number(), average: z.number(), dropped: z.number().int() }),
  packets: z.object({ received: z.number().int(), lost: z.number().int(), recovered: z.number().int() }),
  bytes_received: z.number().int(),
  errors: z.object({ decode: z.number().int(), network: z.number().int(), total: z.number().int() }),
  /**
   * Milliseconds. `processing`: from when a picture's last byte was read to its hand-over to readers, on average over
   * the last 2 s. `network`: from the camera to here; null, for nobody vouches for a camera's clock. `pipeline`: as
   * much of both as is known.
   */
  latency: z.object({
    pipeline: z.number().nullable(),
    network: z.number().nullable(),
    processing: z.number().nullable(),
  }),
  /** Percent of what may wait for the disk that does; null while the stream is not recorded. */
  buffer_level: z.number().nullable().optional(),
  viewers: z.number().int(),
  reconnects: z.number().int(),
  /** Seconds by which pictures come irregularly (RFC 3550 6.4.1); null before the second one. */
  jitter: z.number().nullable().optional(),
  /** When the newest key frame came. */
  last_key_frame: z.iso.datetime().nullable().optional(),
});
export type StreamMetrics = z.infer<typeof StreamMetrics>;
