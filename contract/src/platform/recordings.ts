import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { listOf, Page } from './access.ts';
import { RECORDING, RECORDINGS, SIGNED_URL } from './examples.ts';

/** Places for footage by age, newest first. */
const StorageTier = z.enum(['hot', 'warm', 'cold', 'archived']);

const ID = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63})~([A-Za-z0-9][A-Za-z0-9._-]{0,180})$/;

/** The id of a recording: its stream and its file. */
export const recordingId = (streamId: string, filename: string): string => `${streamId}~${filename}`;

export const RecordingId = z.object({
  id: z
    .string()
    .regex(ID)
    .transform((id) => {
      const [, stream_id = '', filename = ''] = ID.exec(id) ?? [];
      return { stream_id, filename };
    }),
});

const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export const PlatformRecordingsQuery = Page.extend({
  camera_id: StreamId.optional(),
  stream_id: StreamId.optional(),
  start_date: Time.optional().describe('What ends after it; a day begins at 00:00 UTC.'),
  end_date: Time.optional().describe('What begins before it; a day is meant to its end.'),
  storage_tier: StorageTier.optional(),
  protected: z.stringbool().optional(),
  status: z.enum(['recording', 'completed']).optional(),
  original: z
    .stringbool()
    .default(false)
    .describe('The recorded originals of private streams alone; needs `originals:read`.'),
  sort: z.enum(['newest', 'oldest', 'longest', 'largest']).default('newest'),
});

export const PlatformRecording = z
  .object({
    id: z.string(),
    camera_id: StreamId,
    camera_name: z.string(),
    stream_id: StreamId,
    filename: z.string(),
    status: z.enum(['recording', 'completed']),
    started_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable().describe('null while it grows.'),
    duration: z.number().describe('Seconds.'),
    size: z.int().describe('Bytes.'),
    storage_tier: StorageTier,
    protected: z.boolean().describe('No limit of age or space removes it.'),
    close_reason: z.string().nullable(),
  })
  .meta({ id: 'PlatformRecording', examples: [RECORDING] });

export const PlatformRecordingList = listOf(PlatformRecording, 'PlatformRecordingPage')
  .extend({
    total_size: z.int().describe('Bytes of all that match.'),
    total_duration: z.number().describe('Seconds of all that match.'),
  })
  .meta({ id: 'PlatformRecordingList', examples: [RECORDINGS] });

const WEEK = 604_800;
export const SignedUrlQuery = z.object({
  expires_in: z.coerce.number().int().min(1).max(WEEK).default(3_600).describe('Seconds.'),
});
export const SignedUrl = z
  .object({
    url: z.string().describe('Whoever has it may download until then.'),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'SignedUrl', examples: [SIGNED_URL] });

export const DownloadQuery = z.object({
  expires: z.coerce.number().int().optional().describe('Unix seconds, of a signed URL.'),
  signature: z.string().max(128).optional(),
});
