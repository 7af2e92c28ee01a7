import { z } from 'zod';
import { StreamId } from '../stream.ts';

/** S5's words for a stream's state; a stopped one and a removed one are written in capitals there. */
export const PrivacyStatus = z.enum([
  'starting',
  'running',
  'reconnecting',
  'error',
  'STOPPED',
  'DISCONNECTED',
]);
export type PrivacyStatus = z.infer<typeof PrivacyStatus>;

export const PrivacyStreamParams = z.object({ stream_id: StreamId });

/** What a stream was started with; secrets of the address are hidden. */
export const PrivacyStreamConfig = z.object({
  rtsp_url: z.string(),
  max_fps: z.number(),
  downscale: z.number(),
  output_url: z.string(),
});

const success = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data });

export const PrivacyStreamList = success(
  z.array(
    z.object({
      stream_id: StreamId,
      status: PrivacyStatus,
      /** Covered pictures a second. */
      fps: z.number(),
      /** Unix seconds; null while none flow. */
      last_frame_ts: z.number().nullable(),
      error_count: z.int(),
    }),
  ),
).meta({ id: 'PrivacyStreamList' });

export const PrivacyStreamDetail = success(
  z.object({
    stream_id: StreamId,
    status: PrivacyStatus,
    config: PrivacyStreamConfig,
    stats: z.object({
      fps: z.number(),
      last_frame_ts: z.number().nullable(),
      error_count: z.int(),
      reconnects: z.int(),
      viewers: z.int(),
      bitrate: z.number(),
      last_error: z.string().nullable(),
    }),
  }),
).meta({ id: 'PrivacyStreamDetail' });

export const StartPrivacyStream = z
  .strictObject({
    rtsp_url: z.string().min(1).max(2_048),
    max_fps: z.number().min(1).max(60).default(15),
    downscale: z.number().min(0.1).max(1).default(1),
    output_url: z.string().min(1).max(2_048).optional(),
  })
  .meta({ id: 'StartPrivacyStream' });
export type StartPrivacyStream = z.infer<typeof StartPrivacyStream>;

export const PrivacyStreamStarted = success(
  z.object({ stream_id: StreamId, status: PrivacyStatus, config: PrivacyStreamConfig }),
).meta({ id: 'PrivacyStreamStarted' });

export const PrivacyStreamState = success(z.object({ stream_id: StreamId, status: PrivacyStatus })).meta({
  id: 'PrivacyStreamState',
});

export const PrivacyStreamDisconnected = success(
  z.object({ stream_id: z.string(), status: z.literal('DISCONNECTED'), message: z.string() }),
).meta({ id: 'PrivacyStreamDisconnected' });

export const ByInputQuery = z.object({ input_url: z.string().min(1).max(2_048) });

export const PrivacyStreamFound = success(
  z.object({
    stream_id: StreamId,
    input_url: z.string(),
    output_url: z.string(),
    name: z.string(),
    status: PrivacyStatus,
    message: z.string(),
  }),
).meta({ id: 'PrivacyStreamFound' });

export const RegisterPrivacyStream = z
  .strictObject({ rtsp_url: z.string().min(1).max(2_048) })
  .meta({ id: 'RegisterPrivacyStream' });

export const PrivacyStreamRegistered = success(z.object({ output_url: z.string() })).meta({
  id: 'PrivacyStreamRegistered',
});

/** S5's dialect of an error. */
export const PrivacyError = z
  .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) })
  .meta({ id: 'PrivacyError' });
export type PrivacyError = z.infer<typeof PrivacyError>;
