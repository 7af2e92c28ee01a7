import { z } from 'zod';
import { Tier } from '../../footage/index.ts';
import { StreamId } from '../../stream.ts';
import { RETENTION_PREVIEW } from '../examples.ts';

/** What will become of the room for footage, if cameras go on as in the last two days. */
export const StorageForecast = z
  .object({
    bytes: z.int().describe('Of all footage now.'),
    free: z
      .int()
      .nullable()
      .describe('Bytes free on the disk of the recording; null when it cannot be asked.'),
    bytes_per_day: z.int().describe('Written by all cameras together.'),
    full_in_days: z
      .number()
      .nullable()
      .describe('Until footage must go before its time; null: what grows old makes room in time.'),
    tiers: z.array(
      z.object({
        tier: Tier,
        bytes: z.int(),
        files: z.int(),
        queued: z.int().describe('Files on their way to it.'),
        fault: z.string().nullable().describe('Why nothing goes there just now.'),
      }),
    ),
    clock: z
      .object({
        frozen: z
          .boolean()
          .describe('The clock stepped by more than 5 minutes: nothing is deleted or moved by age.'),
        seconds: z.number().describe('By how much it is ahead of what it should be.'),
      })
      .describe('Whether ages are trusted.'),
  })
  .meta({
    id: 'StorageForecast',
    examples: [
      {
        bytes: 812_000_000_000,
        free: 188_000_000_000,
        bytes_per_day: 30_000_000_000,
        full_in_days: 6.2,
        tiers: [{ tier: 'hot', bytes: 812_000_000_000, files: 13_400, queued: 0, fault: null }],
        clock: { frozen: false, seconds: 0 },
      },
    ],
  });

const Days = z.number().positive().max(36_500);
const Bytes = z.int().positive().nullable();

export const RetentionPreviewRequest = z
  .strictObject({
    retention_days: Days.optional().describe('For streams that do not say otherwise.'),
    max_bytes: Bytes.optional().describe('Of all footage.'),
    streams: z
      .record(
        StreamId,
        z.strictObject({ retention_days: Days.nullable().optional(), max_bytes: Bytes.optional() }),
      )
      .default({})
      .describe('What of single streams would be another; null goes back to the default.'),
  })
  .meta({
    id: 'RetentionPreviewRequest',
    examples: [{ retention_days: 7, streams: { yard: { max_bytes: 50_000_000_000 } } }],
  });

const Amount = { files: z.int(), bytes: z.int(), seconds: z.number() };

/** What would be deleted at once if the limits were those. */
export const RetentionPreview = z
  .object({
    ...Amount,
    streams: z.array(
      z.object({
        id: StreamId,
        ...Amount,
        until: z.iso.datetime().describe('End of the newest footage that would go.'),
      }),
    ),
  })
  .meta({ id: 'RetentionPreview', examples: [RETENTION_PREVIEW] });
