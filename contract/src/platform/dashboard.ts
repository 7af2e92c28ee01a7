import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { listOf, Page } from './access.ts';
import { CameraStatus } from './cameras.ts';
import { ACTIVITY, CAMERA_ANALYTICS, RECORDING_ANALYTICS, STATS, SYSTEM_METRICS } from './examples.ts';

const Figure = z.number().nullable();
const Bytes = z.int().describe('Bytes.');

const Footage = z.object({
  count: z.int(),
  size: Bytes,
  duration: z.number().describe('Seconds.'),
});

/** S3's numbers at a glance, of what is within reach of who asks. */
export const DashboardStats = z
  .object({
    cameras: z.object({
      total: z.int(),
      online: z.int(),
      offline: z.int(),
      error: z.int(),
      active: z.int(),
      recording: z.int().describe('Being written at this moment.'),
    }),
    recordings: Footage.extend({
      today: Footage.describe('Begun since 00:00 UTC.'),
      growing: z.int().describe('Files that are not closed yet.'),
    }),
    storage: z.object({
      used: Bytes.nullable().describe('Of the volume of the recordings.'),
      total: Bytes.nullable(),
      footage: Bytes,
    }),
    viewers: z.int(),
    system: z.object({
      status: z.enum(['healthy', 'degraded']).describe('degraded: the media engine is away.'),
      uptime: z.int().describe('Seconds.'),
      cpu_usage: Figure.describe('Percent of all cores.'),
      memory_usage: Bytes,
      memory_total: Bytes,
      version: z.string(),
    }),
  })
  .meta({ id: 'DashboardStats', examples: [STATS] });
export type DashboardStats = z.infer<typeof DashboardStats>;

export const AnalyticsQuery = z.object({
  days: z.coerce.number().int().min(1).max(90).default(7).describe('Up to today, UTC.'),
  camera_id: StreamId.optional(),
});

export const CameraAnalytics = z
  .object({
    camera_id: StreamId,
    name: z.string(),
    status: CameraStatus,
    fps: Figure,
    bitrate: Figure.describe('bit/s'),
    dropped_frames: Figure,
    packets_lost: Figure,
    viewers: z.int(),
    completeness: Figure.describe('Share of the last 24 hours of which there is footage; null for none.'),
    footage: Footage,
    errors: z.int().describe('Faults that are kept, 20 at most.'),
    last_error: z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).nullable(),
    last_seen_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'CameraAnalytics', examples: [CAMERA_ANALYTICS] });
export const CameraAnalyticsList = listOf(CameraAnalytics, 'CameraAnalyticsList');
export const CameraAnalyticsQuery = Page.extend({ camera_id: StreamId.optional() });

export const RecordingAnalytics = z
  .object({
    from: z.iso.date(),
    to: z.iso.date(),
    totals: Footage,
    days: z.array(Footage.extend({ date: z.iso.date() })).describe('Every day, by when a file began.'),
    cameras: z.array(Footage.extend({ camera_id: StreamId, name: z.string() })).describe('Largest first.'),
    tiers: z.array(Footage.extend({ tier: z.string() })),
    bytes_per_day: z.number().describe('Average of whole days.'),
    days_until_full: Figure.describe('At that pace, without anything being deleted; null when unknown.'),
  })
  .meta({ id: 'RecordingAnalytics', examples: [RECORDING_ANALYTICS] });

export const SystemMetrics = z
  .object({
    timestamp: z.iso.datetime(),
    uptime: z.int(),
    version: z.string(),
    cpu: z.object({ usage: Figure.describe('Percent of all cores.'), cores: z.int() }),
    memory: z.object({ used: Bytes, total: Bytes, process: Bytes }),
    disk: z.object({ used: Bytes, total: Bytes }).nullable(),
    engine: z.object({ connected: z.boolean() }),
    streams: z.object({ total: z.int(), live: z.int(), bitrate: z.number().describe('bit/s of all.') }),
    viewers: z.object({ total: z.int(), by_protocol: z.record(z.string(), z.int()) }),
  })
  .meta({ id: 'SystemMetrics', examples: [SYSTEM_METRICS] });

export const ActivityQuery = Page.extend({
  camera_id: StreamId.optional(),
  type: z
    .string()
    .max(100)
    .optional()
    .describe('Beginning of the type, for example `camera.` or `stream.error`.'),
  from: z.iso.datetime().optional().describe('Not before.'),
  to: z.iso.datetime().optional().describe('Before.'),
});

/** Something that happened, or that somebody did. */
export const Activity = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    type: z.string(),
    kind: z.enum(['event', 'action']),
    severity: z.enum(['info', 'warning', 'error']),
    camera_id: StreamId.nullable(),
    camera_name: z.string().nullable(),
    actor: z.string().nullable().describe('Who did it, for who may read the audit log.'),
    outcome: z.enum(['done', 'refused', 'failed']).nullable(),
    message: z.string().nullable().describe('What went wrong, what a model saw, or what a camera noticed.'),
  })
  .meta({ id: 'Activity', examples: [ACTIVITY] });
export const ActivityList = listOf(Activity, 'ActivityList');
