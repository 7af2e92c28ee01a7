import { z } from 'zod';
import { Tier } from '../../footage/index.ts';
import { StreamId } from '../../stream.ts';
import { Page } from '../common.ts';
import { COVERAGE, PAGE, RECORDING } from '../examples.ts';

/** A day (`2024-01-15`) or an instant with its offset (`2024-01-15T10:00:00Z`). */
const DateOrTime = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export const RecordingsQuery = z.strictObject({
  start_date: DateOrTime.optional().describe('Footage at or after it; a day begins at 00:00 UTC.'),
  end_date: DateOrTime.optional().describe('Footage before it; a day is meant with its last second.'),
  original: z
    .stringbool()
    .default(false)
    .describe('The recorded originals of a private stream alone; needs `originals:read`.'),
  ...Page,
});

export const Recording = z
  .object({
    filename: z.string(),
    path: z.string().describe('`/recordings/{id}/{filename}`'),
    size: z.int().describe('Bytes.'),
    duration: z.number().describe('Seconds.'),
    created_at: z.iso.datetime().describe('Time of its first frame.'),
    closed: z.boolean().describe('false while it grows.'),
    protected: z.boolean().describe('No limit of age or space removes it.'),
    tier: Tier.describe('Where the file is; it plays from every tier.'),
  })
  .meta({ id: 'Recording', examples: [RECORDING] });

export const CoverageQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }).optional().describe('Now, when absent; 31 days after `from` at most.'),
});

/** What was recorded of a time, and why the rest was not. */
export const Coverage = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    recorded: z.number().describe('Seconds of footage.'),
    completeness: z.number().min(0).max(1).describe('Share of the time that was recorded.'),
    gaps: z.array(
      z.object({
        start: z.iso.datetime(),
        end: z.iso.datetime(),
        seconds: z.number(),
        reason: z
          .enum([
            'camera_lost',
            'stopped',
            'engine_killed',
            'shutdown',
            'storage',
            'format_changed',
            'unknown',
          ])
          .describe('By what ended the file before; `unknown` when that ended in good order.'),
      }),
    ),
  })
  .meta({ id: 'Coverage', examples: [COVERAGE] });

export const RecordingParams = z.strictObject({ id: StreamId, filename: z.string().max(200) });

export const UpdateRecording = z
  .strictObject({ protected: z.boolean() })
  .meta({ id: 'UpdateRecording', examples: [{ protected: true }] });

export const RecordingList = z
  .object({
    recordings: z.array(Recording).describe('Newest first.'),
    total_size: z.int().describe('Bytes of all that match.'),
    total_duration: z.number().describe('Seconds of all that match.'),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({
    id: 'RecordingList',
    examples: [{ recordings: [RECORDING], total_size: 524_288_000, total_duration: 3000, ...PAGE }],
  });
