import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { CreatedBy, PartnerCaptureStatus, PartnerSource, PartnerTime } from './captures.ts';
import { PartnerPage, PartnerPageFacts } from './streams.ts';

const Label = z.string().trim().max(500);
const EventType = z.string().trim().min(1).max(100);
const Confidence = z.number().min(0).max(1);
const Tags = z.array(z.string().trim().min(1).max(100)).max(50);
const Seconds = z.number().min(0).max(300);

/** A clip around a moment. `live`: the moment is now unless it is given. */
export const BookmarkCreate = z
  .strictObject({
    source: PartnerSource,
    center_timestamp: PartnerTime.optional(),
    before_seconds: Seconds.default(5),
    after_seconds: Seconds.default(5),
    label: Label.default(''),
    event_type: EventType.nullish(),
    confidence: Confidence.nullish(),
    tags: Tags.default([]),
    created_by: CreatedBy.optional(),
  })
  .refine(({ source, center_timestamp }) => source === 'live' || center_timestamp !== undefined, {
    message: 'is needed for a historical bookmark',
    path: ['center_timestamp'],
  })
  .refine(({ before_seconds, after_seconds }) => before_seconds + after_seconds > 0, {
    message: 'must not both be 0',
    path: ['before_seconds'],
  })
  .meta({
    id: 'BookmarkCreate',
    examples: [
      {
        source: 'live',
        label: 'Person detected at entrance',
        created_by: 'ruth-ai',
        event_type: 'person_detected',
        confidence: 0.95,
        tags: ['person', 'front_door'],
      },
    ],
  });

export const BookmarkUpdate = z
  .strictObject({
    label: Label,
    event_type: EventType.nullable(),
    confidence: Confidence.nullable(),
    tags: Tags,
  })
  .partial()
  .meta({ id: 'BookmarkUpdate' });

export const PartnerBookmark = z
  .object({
    id: z.string(),
    stream_id: StreamId,
    source: PartnerSource,
    status: PartnerCaptureStatus,
    error: z.string().nullable().describe('Why it failed.'),
    center_timestamp: z.iso.datetime(),
    before_seconds: z.number(),
    after_seconds: z.number(),
    label: z.string(),
    event_type: z.string().nullable(),
    confidence: z.number().nullable(),
    tags: z.array(z.string()),
    created_by: z.string().describe('As the caller said, else its name.'),
    created_by_principal: z.string().describe('`kind:id` of who made it, whatever was said.'),
    start_time: z.iso.datetime().nullable().describe('First moment of the clip; null until it is ready.'),
    end_time: z.iso.datetime().nullable(),
    duration_seconds: z
      .number()
      .nullable()
      .describe('What the clip plays: less than its window where footage is missing.'),
    format: z.literal('mp4'),
    file_size: z.int().nullable(),
    sha256: z.string().nullable().describe('Of the clip, hex.'),
    video_url: z.string(),
    thumbnail_url: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'PartnerBookmark' });
export type PartnerBookmark = z.infer<typeof PartnerBookmark>;

export const PartnerBookmarkList = z
  .object({ bookmarks: z.array(PartnerBookmark), ...PartnerPageFacts })
  .meta({ id: 'PartnerBookmarkList' });

export const PartnerBookmarkQuery = z.strictObject({
  event_type: EventType.optional(),
  created_by: CreatedBy.optional(),
  start_time: PartnerTime.optional().describe('Moments at or after it.'),
  end_time: PartnerTime.optional().describe('Moments at or before it.'),
  status: PartnerCaptureStatus.optional(),
  tag: z.string().min(1).max(100).optional(),
  min_confidence: z.coerce.number().min(0).max(1).optional(),
  ...PartnerPage,
});

export const BookmarkParams = z.strictObject({ bookmark_id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) });
