import { z } from 'zod';
import { Place, PrivacyConfig } from '../privacy.ts';
import { WeeklySchedule } from '../schedule.ts';
import {
  Fingerprint,
  StreamFault,
  StreamId,
  StreamState,
  TrackFact,
  Transport,
  TransportSetting,
} from '../stream.ts';
import { Figure, Page, PageFacts } from './common.ts';
import { PAGE, STREAM, STREAM_DETAIL, STREAM_METRICS } from './examples.ts';
import { RecordingEvents } from './recording-events.ts';
import { ReconnectConfig } from './stream-config.ts';

export const StreamStatus = z.enum(['active', 'inactive', 'initializing', 'error']);
export type StreamStatus = z.infer<typeof StreamStatus>;

export const RecordingStatus = z
  .enum(['recording', 'waiting', 'paused', 'stopped', 'failed'])
  .describe('`waiting`: wanted, but the stream is not live or storage is full.');

export const StreamMetricsSummary = z.object({
  bitrate: Figure.describe('Bit/s over the last 2 s.'),
  framerate: Figure,
  resolution: z.string().nullable().describe('`1920x1080`.'),
  packets_received: Figure,
  packets_lost: Figure,
});

const RecordingSummary = z.object({
  enabled: z.boolean(),
  status: RecordingStatus,
  current_file: z.string().nullable().describe('`/recordings/{id}/{filename}` of the growing segment.'),
  duration: z.number().describe('Seconds of footage kept, the growing segment included.'),
});

export const StreamSummary = z
  .object({
    id: StreamId,
    source_url: z.string().describe('Credentials are shown as `***:***`.'),
    status: StreamStatus,
    state: StreamState.describe('The same in the finer words of the state machine.'),
    on_demand: z
      .object({ enabled: z.boolean(), grace: z.number().describe('Seconds.') })
      .describe('Connected only while somebody watches or a recording is wanted.'),
    recording: RecordingSummary,
    metrics: StreamMetricsSummary,
  })
  .meta({ id: 'StreamSummary', examples: [STREAM] });
export type StreamSummary = z.infer<typeof StreamSummary>;

export const StreamList = z
  .object({ streams: z.array(StreamSummary), ...PageFacts })
  .meta({ id: 'StreamList', examples: [{ streams: [STREAM], ...PAGE }] });

export const StreamListQuery = z.strictObject({
  status: StreamStatus.optional(),
  recording: z.enum(['true', 'false']).optional().describe('Whether it records at this moment.'),
  ...Page,
});

export const SegmentSummary = z.object({
  filename: z.string(),
  size: z.int().describe('Bytes.'),
  duration: z.number().describe('Seconds.'),
});

export const StreamError = z.object({
  code: StreamFault,
  message: z.string(),
  timestamp: z.iso.datetime(),
});

/** How many of the newest segments and errors a stream's details show. */
export const DETAIL_SEGMENTS = 100;
export const DETAIL_ERRORS = 20;

export const StreamDetail = z
  .object({
    ...StreamSummary.shape,
    created_at: z.iso.datetime(),
    last_connected: z.iso.datetime().nullable(),
    recording: RecordingSummary.extend({
      total_size: z.int().describe('Bytes of footage kept.'),
      segment_duration: z.number(),
      retention_days: z.number(),
      max_bytes: z.int().nullable().describe('Its footage may have; null is no limit.'),
      schedule: WeeklySchedule.nullable().describe('Hours of the week in which it is recorded; null is all.'),
      events: RecordingEvents.nullable().describe('Around which it is recorded; null is always.'),
      segments: z.array(SegmentSummary).describe(`The newest ${DETAIL_SEGMENTS}, newest first.`),
    }),
    pipeline: z.object({
      state: z.enum(['ready', 'paused', 'playing']).nullable(),
      latency: Figure.describe(
        'Milliseconds from when a picture was read from the network to when readers have it.',
      ),
      buffer_level: Figure.describe(
        'Percent of the buffer between camera and disk that is full: at 100 footage is given up. null while the stream is not recorded, for nothing is held back then.',
      ),
    }),
    inference: z.object({
      enabled: z.boolean(),
      model: z.string().nullable(),
      threshold: z.number().nullable(),
      state: z
        .enum(['off', 'on', 'no_model'])
        .describe('`no_model`: enabled, but no model is installed that could be used.'),
      classes: z.array(z.string()),
      zones: z.array(z.array(Place)),
      look_at: z.string().nullable(),
      schedule: WeeklySchedule.nullable(),
      fps: z.number(),
      bookmarks: z.boolean(),
      snapshots: z.boolean(),
    }),
    reconnect: z.object(ReconnectConfig.shape),
    privacy: z.object(PrivacyConfig.shape),
    tracks: z.array(TrackFact),
    transport: TransportSetting,
    transport_used: Transport.nullable().describe('Of the connection in hand; null where there is none.'),
    certificate: z
      .object({
        pinned: Fingerprint.nullable().describe('SHA-256 of the only certificate the camera may show.'),
        refused: Fingerprint.nullable().describe(
          'Of another one that it showed since, waiting to be accepted.',
        ),
      })
      .describe('Of a camera inside TLS: the first certificate seen is the one to show from then on.'),
    errors: z.array(StreamError).describe(`The newest ${DETAIL_ERRORS}, newest first.`),
  })
  .meta({ id: 'StreamDetail', examples: [STREAM_DETAIL] });
export type StreamDetail = z.infer<typeof StreamDetail>;

const accepted = <T extends string>(word: T) =>
  z.object({ status: z.literal(word) }).meta({ examples: [{ status: word }] });
export const StreamStarting = accepted('starting');
export const StreamStopping = accepted('stopping');
export const StreamRestarting = accepted('restarting');

export const StreamIdParams = z.strictObject({ id: StreamId });

export const StreamMetricsDetail = z
  .object({
    bitrate: z.object({ current: Figure, average: Figure, peak: Figure }),
    framerate: z.object({ current: Figure, average: Figure, dropped: Figure }),
    latency: z
      .object({ pipeline: Figure, network: Figure, processing: Figure })
      .describe(
        'Milliseconds. `processing`: from when a picture was read from the network to when readers have it. `network` is null: nobody vouches for the clock of a camera. `pipeline`: as much of both as is known.',
      ),
    packets: z
      .object({ received: Figure, lost: Figure, recovered: Figure })
      .describe('`recovered`: lost packets that came after all; none is asked for again, so that it is 0.'),
    errors: z.object({ decode: Figure, network: Figure, total: Figure }),
  })
  .meta({ id: 'StreamMetrics', examples: [STREAM_METRICS] });
export type StreamMetricsDetail = z.infer<typeof StreamMetricsDetail>;
