import { z } from 'zod';
import { OnDemandConfig, RecordingConfig } from '../manager/index.ts';
import { StreamFault, StreamId, TrackFact } from '../stream.ts';

/** The one state machine in S4's words. */
export const PartnerState = z.enum(['STOPPED', 'INITIALIZING', 'READY', 'LIVE', 'RECONNECTING', 'ERROR']);
export type PartnerState = z.infer<typeof PartnerState>;

const LIMIT = 500;
/** `limit` and `offset`, or `page` (from 1) and `page_size`. */
export const PartnerPage = {
  limit: z.coerce.number().int().min(1).max(LIMIT).optional(),
  offset: z.coerce.number().int().min(0).optional(),
  page: z.coerce.number().int().min(1).optional(),
  page_size: z.coerce.number().int().min(1).max(LIMIT).optional(),
};

/** What a list says of itself beside its items. */
export const PartnerPageFacts = { total: z.int(), limit: z.int(), offset: z.int() };

export const PartnerStreamParams = z.strictObject({ stream_id: StreamId });

export const PartnerStreamQuery = z.strictObject({
  state: PartnerState.optional(),
  camera_id: StreamId.optional(),
  ...PartnerPage,
});

export const PartnerStreamCreate = z
  .strictObject({
    camera_id: StreamId.optional().describe('Also the id of its stream; made up when it is not given.'),
    source_url: z
      .string()
      .describe('As in `POST /api/streams`: an RTSP, RTMP or FLV address, or `publish:`.'),
    recording: RecordingConfig.prefault({}),
    on_demand: OnDemandConfig.prefault({}),
  })
  .meta({
    id: 'PartnerStreamCreate',
    examples: [{ camera_id: 'front-door', source_url: 'rtsp://user:password@10.0.0.5/stream' }],
  });

/** Who brings the media, as far as it is known. */
const Producer = z.object({
  id: z.string(),
  state: z.enum(['ACTIVE', 'INACTIVE']),
  tracks: z.array(TrackFact),
});

export const PartnerStream = z
  .object({
    id: StreamId,
    camera_id: StreamId.describe('The camera it belongs to.'),
    state: PartnerState,
    source_url: z.string().describe('Credentials are shown as `***:***`.'),
    producer: Producer.nullable().describe('null before the first picture.'),
    consumer_count: z.int().describe('WebRTC consumers that are not closed, as far as the caller may know.'),
    viewer_count: z.int().describe('Everybody who watches, by whatever protocol.'),
    recording: z.boolean().describe('Whether it is to be recorded.'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'PartnerStream' });
export type PartnerStream = z.infer<typeof PartnerStream>;

export const PartnerStreamList = z
  .object({ streams: z.array(PartnerStream), ...PartnerPageFacts })
  .meta({ id: 'PartnerStreamList' });

export const PartnerStreamHealth = z
  .object({
    stream_id: StreamId,
    state: PartnerState,
    healthy: z.boolean().describe('Live, with pictures within the last 2 s.'),
    uptime_seconds: z.number().nullable().describe('Since it became live; null while it is not.'),
    bitrate: z.number().nullable().describe('Bit/s over the last 2 s.'),
    frame_rate: z.number().nullable().describe('Pictures a second over the last 2 s.'),
    packets_received: z.int().nullable(),
    packets_lost: z.int().nullable(),
    packet_loss: z.number().nullable().describe('Share of the packets that never came, 0 to 1.'),
    jitter: z
      .number()
      .nullable()
      .describe('Seconds by which pictures come irregularly (RFC 3550 6.4.1, of pictures).'),
    last_key_frame_at: z.iso.datetime().nullable().describe('When the newest key frame came.'),
    viewer_count: z.int(),
    reconnects: z.int().nullable(),
    recording_completeness: z
      .number()
      .nullable()
      .describe('Share of the last 24 hours of which there is footage; null when it is not to be recorded.'),
    last_error: z.object({ code: StreamFault, message: z.string(), timestamp: z.iso.datetime() }).nullable(),
  })
  .meta({ id: 'PartnerStreamHealth' });
