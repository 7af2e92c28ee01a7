import { z } from 'zod';
import { Fingerprint, TrackFact, Transport, TransportSetting } from '../stream.ts';
import { CAMERA_REPORT } from './examples.ts';

/** A camera before it is a stream. */
export const ProbeCamera = z
  .strictObject({
    source_url: z
      .string()
      .describe('`rtsp://[user:password@]host[:port]/path`, or `file:NAME`, as a stream would have it.'),
    transport: TransportSetting.default('auto'),
  })
  .meta({
    id: 'ProbeCamera',
    examples: [{ source_url: 'rtsp://admin:secret@192.168.1.20:554/Streaming/Channels/101' }],
  });

/** What to expect of a camera, in plain words. */
export const ProbeNote = z.object({
  level: z.enum(['good', 'limited', 'bad']).describe('`limited`: works, but not everywhere.'),
  about: z.enum(['video', 'audio', 'clock', 'network', 'tls']),
  message: z.string(),
});
export type ProbeNote = z.infer<typeof ProbeNote>;

const nullable = z.number().nullable();

export const CameraReport = z
  .object({
    source_url: z.string().describe('Credentials are shown as `***:***`.'),
    transport: Transport.nullable().describe('The one that brought media.'),
    video: z
      .object({
        codec: z.string(),
        codec_string: z.string(),
        resolution: z.string().describe('`1920x1080`.'),
        frame_rate: nullable,
        gop_seconds: nullable.describe('From one key frame to the next; null when no second one came.'),
        gop_frames: nullable,
        b_frames: z.boolean(),
        bitrate: z.number().describe('Bit/s.'),
      })
      .nullable(),
    audio: z
      .object({
        codec: z.string(),
        codec_string: z.string(),
        sample_rate: z.int(),
        channels: z.int(),
        bitrate: z.number(),
      })
      .nullable(),
    tracks: z.array(TrackFact),
    clock_skew: nullable.describe('Seconds by which the camera is ahead of this server; null when unknown.'),
    packets_lost: z.int(),
    certificate: Fingerprint.nullable().describe('Of a camera inside TLS.'),
    seconds: z.number().describe('Of media that were looked at.'),
    notes: z.array(ProbeNote),
  })
  .meta({ id: 'CameraReport', examples: [CAMERA_REPORT] });
export type CameraReport = z.infer<typeof CameraReport>;
