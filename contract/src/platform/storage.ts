import { z } from 'zod';
import { Tier } from '../footage/index.ts';
import { listOf } from './access.ts';
import { ARCHIVE, MOVE } from './examples.ts';

/** Where a recording is to go; without one, to the last tier that is set up. */
export const ArchiveRecording = z
  .strictObject({ tier: Tier.optional() })
  .nullish()
  .meta({ id: 'ArchiveRecording', examples: [ARCHIVE] });

export const RestoreRecording = z
  .strictObject({ days: z.number().positive().max(365).default(7).describe('How long it stays at hand.') })
  .nullish()
  .meta({ id: 'RestoreRecording' });

export const RecordingMove = z
  .object({
    id: z.string(),
    storage_tier: Tier.describe('Where it is now.'),
    target_tier: Tier,
    status: z.enum(['queued', 'done']),
  })
  .meta({ id: 'RecordingMove', examples: [MOVE] });

export const StorageTier = z
  .object({
    tier: Tier,
    kind: z.enum(['folder', 'bucket']).nullable().describe('null: it is not set up.'),
    files: z.int(),
    size: z.int().describe('Bytes.'),
    oldest: z.iso.datetime().nullable(),
    queued: z.int().describe('Files on their way to it.'),
    given_up: z.int(),
    fault: z.string().nullable().describe('Why nothing goes on just now.'),
  })
  .meta({ id: 'StorageTier' });
export const StorageTierList = listOf(StorageTier, 'StorageTierList');
