import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { listOf, Page } from './access.ts';

const Name = z.string().trim().min(1).max(100);
const ChannelIds = z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)).max(50);
const Seconds = z.int().min(0).max(86_400);
const holds = (fallback: number) =>
  z.strictObject({ for_seconds: Seconds.default(fallback).describe('How long it must be so.') });

/** What is watched, each with its thresholds. */
export const AlertKinds = {
  camera_offline: holds(30),
  recording_failed: holds(0),
  recording_gap: holds(60),
  storage_low: z.strictObject({
    free_percent: z.number().min(0).max(100).default(10),
    for_seconds: Seconds.default(60),
  }),
  stream_quality: z.strictObject({
    min_fps: z.number().min(0).max(1_000).nullable().default(null),
    min_bitrate: z.number().min(0).nullable().default(null).describe('bit/s'),
    for_seconds: Seconds.default(30),
  }),
  detection: z.strictObject({
    topic: z.string().min(1).max(100).default('motion').describe('Part of what the camera calls it.'),
  }),
  sign_in: z.strictObject({
    failures: z.int().min(1).max(1_000).default(5),
    within_seconds: z.int().min(10).max(86_400).default(300),
  }),
} as const;
export type AlertKind = keyof typeof AlertKinds;
export const ALERT_KINDS = Object.keys(AlertKinds) as [AlertKind, ...AlertKind[]];

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
export const QuietHours = z
  .strictObject({
    from: Clock,
    to: Clock.describe('Before `from`: of the next day.'),
    days: z.array(z.int().min(0).max(6)).max(7).default([0, 1, 2, 3, 4, 5, 6]).describe('0 is Sunday.'),
    time_zone: z
      .string()
      .max(64)
      .refine((zone) => isZone(zone), 'is no time zone')
      .default('UTC'),
  })
  .meta({ id: 'QuietHours' });

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const Severity = z.enum(['info', 'warning', 'critical']);

const common = {
  name: Name,
  enabled: z.boolean().default(true),
  severity: Severity.default('warning'),
  camera_ids: z.array(StreamId).max(1_000).nullable().default(null).describe('null is every camera.'),
  channel_ids: ChannelIds.default([]),
  cool_down_seconds: Seconds.default(300).describe(
    'After one is over, nobody is told of the next until then.',
  ),
  quiet_hours: QuietHours.nullable()
    .default(null)
    .describe('Nobody is told; what still holds is told afterwards.'),
  escalation: z
    .array(z.strictObject({ after_seconds: z.int().min(10).max(604_800), channel_ids: ChannelIds.min(1) }))
    .max(5)
    .default([])
    .describe('Who is told when nobody has acknowledged it.'),
  notify_resolved: z.boolean().default(true),
};
const orDefaults = <S extends z.ZodObject>(thresholds: S): z.ZodPrefault<S> =>
  z.prefault(thresholds, {} as z.input<S>);
const kindOf = <K extends AlertKind>(kind: K) =>
  z.strictObject({ ...common, kind: z.literal(kind), thresholds: orDefaults(AlertKinds[kind]) });

export const CreateAlertRule = z
  .discriminatedUnion('kind', [
    kindOf('camera_offline'),
    kindOf('recording_failed'),
    kindOf('recording_gap'),
    kindOf('storage_low'),
    kindOf('stream_quality'),
    kindOf('detection'),
    kindOf('sign_in'),
  ])
  .meta({ id: 'CreateAlertRule', examples: [{ name: 'Offline', kind: 'camera_offline' }] });
export type CreateAlertRule = z.infer<typeof CreateAlertRule>;

export const UpdateAlertRule = z.record(z.string(), z.json()).meta({
  id: 'UpdateAlertRule',
  description: 'Fields of CreateAlertRule without `kind`; what is absent stays.',
});

export const AlertRule = z
  .object({
    id: z.string(),
    kind: z.enum(ALERT_KINDS),
    thresholds: z.record(z.string(), z.json()),
    ...common,
    owner: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'AlertRule' });
export const AlertRuleList = listOf(AlertRule, 'AlertRuleList');

export const Alert = z
  .object({
    id: z.string(),
    rule_id: z.string().nullable(),
    rule_name: z.string(),
    kind: z.enum(ALERT_KINDS),
    severity: Severity,
    state: z.enum(['open', 'acknowledged', 'resolved']),
    camera_id: StreamId.nullable(),
    camera_name: z.string().nullable(),
    message: z.string(),
    opened_at: z.iso.datetime(),
    resolved_at: z.iso.datetime().nullable(),
    acknowledged_at: z.iso.datetime().nullable(),
    acknowledged_by: z.string().nullable(),
    notified_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Alert' });
export const AlertList = listOf(Alert, 'AlertList');

export const AlertQuery = Page.extend({
  state: z.enum(['open', 'acknowledged', 'resolved', 'active']).optional().describe('active: not resolved.'),
  kind: z.enum(ALERT_KINDS).optional(),
  camera_id: StreamId.optional(),
});
