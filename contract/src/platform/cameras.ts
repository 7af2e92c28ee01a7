import { z } from 'zod';
import { StreamId, StreamState } from '../stream.ts';
import { listOf, Page } from './access.ts';
import { CAMERA, TOGGLE, URLS } from './examples.ts';

export const CameraName = z.string().trim().min(1).max(100);
export const SerialNumber = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._:/#-]{0,63}$/u, 'letters, digits and . _ : / # -, at most 64');
const Location = z.string().trim().min(1).max(200).nullable();
const Description = z.string().trim().min(1).max(1000).nullable();
const SourceUrl = z.string().min(1).max(2048);

/** S3's words for a camera's state. */
export const CameraStatus = z.enum(['online', 'offline', 'error']);

export const CreateCamera = z
  .strictObject({
    id: StreamId.optional().describe('Made of the name when absent.'),
    name: CameraName,
    serial_number: SerialNumber.optional().describe('Of one camera alone; made up when absent.'),
    location: Location.default(null),
    description: Description.default(null),
    source_url: SourceUrl.optional().describe(
      'Where it is pulled from; without one it is waited for at its `rtmp_url`.',
    ),
    recording: z.boolean().default(false),
    is_active: z.boolean().default(true),
  })
  .meta({
    id: 'CreateCamera',
    examples: [{ name: 'Front door', serial_number: 'SN-0001', location: 'Entrance' }],
  });
export type CreateCamera = z.infer<typeof CreateCamera>;

export const UpdateCamera = z
  .strictObject({
    name: CameraName,
    serial_number: SerialNumber,
    location: Location,
    description: Description,
    source_url: SourceUrl,
    recording: z.boolean(),
    is_active: z.boolean(),
  })
  .partial()
  .meta({ id: 'UpdateCamera', examples: [{ location: 'Back yard' }] });
export type UpdateCamera = z.infer<typeof UpdateCamera>;

export const CameraStream = z
  .object({
    id: StreamId,
    kind: z.enum(['pull', 'publish']),
    source_url: z.string().describe('Without credentials.'),
    status: CameraStatus,
    state: StreamState,
  })
  .meta({ id: 'CameraStream' });

export const Camera = z
  .object({
    id: StreamId,
    name: z.string(),
    serial_number: z.string(),
    location: z.string().nullable(),
    description: z.string().nullable(),
    status: CameraStatus,
    is_active: z.boolean().describe('false: told not to run.'),
    recording: z.boolean().describe('Whether it is to be recorded.'),
    recording_status: z.enum(['recording', 'waiting', 'paused', 'stopped', 'failed']),
    rtmp_url: z
      .string()
      .nullable()
      .describe('Where it is pushed to: a secret, null without `cameras:write`.'),
    stream_id: StreamId.describe('The stream that is shown and recorded.'),
    streams: z.array(CameraStream),
    quality: z.object({
      fps: z.number().nullable(),
      bitrate: z.number().nullable().describe('bit/s'),
      dropped_frames: z.number().nullable(),
      resolution: z.string().nullable(),
    }),
    viewers: z.int(),
    last_error: z
      .object({ code: z.string(), message: z.string(), at: z.iso.datetime() })
      .nullable()
      .describe('The newest fault of the stream, while it is not online.'),
    last_seen_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Camera', examples: [CAMERA] });
export type Camera = z.infer<typeof Camera>;

export const CameraQuery = Page.extend({
  status: CameraStatus.optional(),
  is_active: z.stringbool().optional(),
  recording: z.stringbool().optional(),
  group_id: z.string().max(64).optional(),
  search: z.string().max(100).optional().describe('In name, serial number and location.'),
  sort: z.enum(['name', 'created_at']).default('created_at'),
});
export const CameraList = listOf(Camera, 'CameraList');

export const ToggleRecording = z
  .strictObject({ recording: z.boolean().describe('To what; the other of what it is, when absent.') })
  .partial()
  .nullish()
  .meta({ id: 'ToggleRecording', examples: [TOGGLE] });

/** Where a camera's media are; each address but the first plays until the ticket in it is over. */
export const StreamUrls = z
  .object({
    camera_id: StreamId,
    stream_id: StreamId,
    rtmp_url: z.string().nullable().describe('To publish to; null without `cameras:write`.'),
    rtmp_play_url: z.string(),
    hls_url: z.string().describe('Low-latency HLS.'),
    adaptive_hls_url: z
      .string()
      .describe('The same with lower renditions to choose from, each made while somebody watches it.'),
    webrtc_url: z.string().describe('WHEP: an offer is POSTed to it with the bearer token.'),
    mse_url: z.string().describe('WebSocket.'),
    rtsp_url: z.string(),
    mjpeg_url: z.string(),
    snapshot_url: z.string(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'StreamUrls', examples: [URLS] });
