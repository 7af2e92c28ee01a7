import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { CreatedBy, PartnerCaptureStatus, PartnerSource, PartnerTime } from './captures.ts';
import { PartnerPage, PartnerPageFacts } from './streams.ts';

const MAX_METADATA = 16_384;

/** One picture. `live`: the picture of now unless a moment is given. */
export const SnapshotCreate = z
  .strictObject({
    source: PartnerSource,
    timestamp: PartnerTime.optional(),
    created_by: CreatedBy.optional(),
    metadata: z
      .record(z.string().max(200), z.unknown())
      .refine((value) => JSON.stringify(value).length <= MAX_METADATA, `at most ${MAX_METADATA} characters`)
      .default({}),
  })
  .refine(({ source, timestamp }) => source === 'live' || timestamp !== undefined, {
    message: 'is needed for a historical snapshot',
    path: ['timestamp'],
  })
  .meta({
    id: 'SnapshotCreate',
    examples: [{ source: 'live', created_by: 'ruth-ai', metadata: { model: 'v2' } }],
  });

export const PartnerSnapshot = z
  .object({
    id: z.string(),
    stream_id: StreamId,
    source: PartnerSource,
    status: PartnerCaptureStatus,
    error: z.string().nullable().describe('Why it failed.'),
    timestamp: z.iso
      .datetime()
      .describe('When its picture was shown; the asked-for moment until it is ready.'),
    created_by: z.string().describe('As the caller said, else its name.'),
    created_by_principal: z.string().describe('`kind:id` of who made it, whatever was said.'),
    metadata: z.record(z.string(), z.unknown()),
    format: z.literal('jpg'),
    file_size: z.int().nullable(),
    image_url: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'PartnerSnapshot' });
export type PartnerSnapshot = z.infer<typeof PartnerSnapshot>;

export const PartnerSnapshotList = z
  .object({ snapshots: z.array(PartnerSnapshot), ...PartnerPageFacts })
  .meta({ id: 'PartnerSnapshotList' });

export const PartnerSnapshotQuery = z.strictObject({
  created_by: CreatedBy.optional(),
  start_time: PartnerTime.optional().describe('Moments at or after it.'),
  end_time: PartnerTime.optional().describe('Moments at or before it.'),
  status: PartnerCaptureStatus.optional(),
  source: PartnerSource.optional(),
  ...PartnerPage,
});

export const SnapshotParams = z.strictObject({ snapshot_id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) });
