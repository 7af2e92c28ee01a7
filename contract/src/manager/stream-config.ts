import { z } from 'zod';
import { Place, PrivacyConfig } from '../privacy.ts';
import { WeeklySchedule } from '../schedule.ts';
import { Fingerprint, StreamId, TransportSetting } from '../stream.ts';
import { RecordingEvents } from './recording-events.ts';

/** Accepts footage settings; what is left out follows the configuration file. */
export const RecordingConfig = z.strictObject({
  enabled: z.boolean().default(false),
  segment_duration: z.number().min(2).max(86_400).optional().describe('Seconds of one file.'),
  retention_days: z
    .number()
    .positive()
    .max(36_500)
    .optional()
    .describe('Closed segments older than this are deleted.'),
  max_bytes: z
    .int()
    .positive()
    .optional()
    .describe('Beyond it the oldest closed segments of the stream are deleted.'),
  schedule: WeeklySchedule.optional().describe(
    'Recorded only in these hours of the week, unless recording is started by order; at all hours when absent.',
  ),
  events: RecordingEvents.optional().describe(
    'Recorded only around these events, within the hours of the schedule, unless recording is started by order; always when absent.',
  ),
});

export const InferenceConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('A network looks at the pictures, and what it finds becomes events.'),
  model: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Name of an installed model; the first that knows one of the classes when absent.'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('What is less sure does not count; 0.5 when absent.'),
  classes: z
    .array(z.string().min(1).max(64))
    .max(80)
    .default([])
    .describe('What counts, as the model calls it; everything when empty.'),
  zones: z
    .array(z.array(Place).min(3).max(64))
    .max(32)
    .default([])
    .describe('Polygons, 0 to 1 from the upper left; what stands outside of all of them does not count.'),
  look_at: StreamId.optional().describe(
    "Id of a stream of the same camera with smaller pictures, which is looked at in this one's place while it flows.",
  ),
  schedule: WeeklySchedule.optional().describe('Only in these hours of the week; at all hours when absent.'),
  fps: z
    .number()
    .min(0.1)
    .max(30)
    .default(5)
    .describe('Pictures a second at most; where key frames are enough, they alone are decoded.'),
  bookmarks: z.boolean().default(false).describe('Each thing that was found is bookmarked.'),
  snapshots: z
    .boolean()
    .default(false)
    .describe('A picture is kept of each thing, from when it was seen best; covered where privacy is on.'),
});

export const ReconnectConfig = z.strictObject({
  enabled: z.boolean().default(true),
  max_attempts: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('Attempts in a row without a key frame before the stream fails; 0 is no limit.'),
  backoff_ms: z
    .int()
    .min(100)
    .max(30_000)
    .default(1000)
    .describe('First pause; doubles up to 4 s, or up to 30 s with `max_attempts`.'),
});

export const OnDemandConfig = z
  .preprocess(
    (value) => (typeof value === 'boolean' ? { enabled: value } : value),
    z.strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Connected only while somebody watches, or while it is recorded.'),
      grace: z.number().min(0).max(3600).default(10).describe('Seconds it stays connected after the last.'),
    }),
  )
  .describe('true and false stand for `enabled`.');

/** All of a stream that a client may set. */
export const StreamConfig = z.strictObject({
  source_url: z
    .string()
    .describe(
      '`rtsp://[user:password@]host[:port]/path`, `rtmp://host/app/name`, `http://host/path` for FLV, each with an `s` for TLS, or `publish:` for a stream that is pushed: see its publish-key.',
    ),
  transport: TransportSetting.default('auto').describe('How the media of an RTSP camera travels.'),
  recording: RecordingConfig.prefault({}),
  inference: InferenceConfig.prefault({}),
  reconnect: ReconnectConfig.prefault({}),
  on_demand: OnDemandConfig.prefault({}),
  privacy: PrivacyConfig.prefault({}).describe('Changing it needs streams:unblurred.'),
});
export type StreamConfig = z.infer<typeof StreamConfig>;

export const CreateStream = StreamConfig.extend({ id: StreamId }).meta({
  id: 'CreateStream',
  examples: [
    {
      id: 'camera-2',
      source_url: 'rtsp://camera2.local:554/stream',
      recording: { enabled: true, segment_duration: 600, retention_days: 7 },
      reconnect: { enabled: true, max_attempts: 10, backoff_ms: 1000 },
    },
  ],
});
export type CreateStream = z.infer<typeof CreateStream>;

export const PublishKey = z
  .object({
    key: z.string().describe('Whoever has it may push this stream; keep it like a password.'),
    rtsp_path: z.string().describe('Behind `rtsp://host:8554`.'),
    rtmp_path: z.string().describe('Behind `rtmp://host:1935`.'),
    whip_path: z
      .string()
      .describe('Behind this address, with the key as the bearer token (WebRTC, RFC 9725).'),
  })
  .meta({
    id: 'PublishKey',
    examples: [
      {
        key: 'Yx0Q2mJcT7p1n5rVbW3sLkZe',
        rtsp_path: '/studio?key=Yx0Q2mJcT7p1n5rVbW3sLkZe',
        rtmp_path: '/live/Yx0Q2mJcT7p1n5rVbW3sLkZe',
        whip_path: '/whip/studio',
      },
    ],
  });
export type PublishKey = z.infer<typeof PublishKey>;

export const AcceptCertificate = z
  .strictObject({ fingerprint: Fingerprint.describe('SHA-256 of the certificate that is to be trusted.') })
  .meta({ id: 'AcceptCertificate', examples: [{ fingerprint: '5f'.repeat(32) }] });

export const StreamCreated = z
  .object({ id: StreamId, status: z.literal('initializing') })
  .meta({ id: 'StreamCreated', examples: [{ id: 'camera-2', status: 'initializing' }] });

/**
 * A JSON merge patch (RFC 7396): what is absent stays, null goes back to its default. The result is
 * checked as a whole by `StreamConfig`.
 */
export const UpdateStream = z.record(z.string(), z.json()).meta({
  id: 'UpdateStream',
  description: 'JSON merge patch (RFC 7396) of the fields of CreateStream.',
  examples: [{ recording: { enabled: false } }],
});
