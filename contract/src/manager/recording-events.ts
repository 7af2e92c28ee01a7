import { z } from 'zod';
import { EVENT_TYPES } from './events.ts';

/** Of the product's own doings, and of people's: nothing that a camera saw. */
const NO_TRIGGERS = new Set([
  ...[
    'recording',
    'segment',
    'viewer',
    'consumer',
    'push',
    'bookmark',
    'snapshot',
    'job',
    'system',
    'metrics',
  ],
  ...['stream.created', 'stream.updated', 'stream.removed', 'stream.certificate_pinned'],
  ...['stream.connecting', 'stream.ready', 'stream.started', 'stream.stopped', 'stream.error'],
  ...['stream.certificate_changed', 'camera.events_on', 'camera.events_lost'],
  ...['alert.acknowledged', 'alert.resolved', 'detection.boxes', 'detection.updated', 'detection.ended'],
]);

/** Events around which a stream may be recorded. */
export const RECORDING_TRIGGERS: readonly string[] = EVENT_TYPES.filter(
  (type) => !NO_TRIGGERS.has(type) && !NO_TRIGGERS.has(type.split('.')[0]!),
);

const Trigger = z
  .string()
  .refine((type) => RECORDING_TRIGGERS.includes(type), 'is no event that is recorded around')
  .describe(`One of ${RECORDING_TRIGGERS.join(', ')}`);

/** Around which events a stream is recorded, and how much. */
export const RecordingEvents = z.strictObject({
  on: z.array(Trigger).min(1).max(32),
  before: z.number().min(0).max(30).default(5).describe('Seconds of footage from before an event.'),
  after: z
    .number()
    .min(1)
    .max(600)
    .default(10)
    .describe('Seconds of footage after an event, or after the end of what lasts.'),
});
export type RecordingEvents = z.infer<typeof RecordingEvents>;
