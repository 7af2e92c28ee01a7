import { z } from 'zod';
import { SegmentLabel } from '../../stream.ts';

export const StartRecording = z
  .strictObject({
    filename: SegmentLabel.optional().describe(
      'One path segment that ends in `.mp4`. The first file is called `{time}__{filename}`, later ones `{time}.mp4`.',
    ),
    segment_duration: z
      .number()
      .min(2)
      .max(86_400)
      .optional()
      .describe('Seconds of one file, until this recording is stopped.'),
  })
  .nullish()
  .meta({
    id: 'StartRecording',
    examples: [{ filename: 'custom-recording.mp4', segment_duration: 300 }],
  });

/** `waiting`: it begins when the stream is live and there is a key frame. */
export const RecordingStarted = z
  .object({
    status: z.enum(['recording', 'waiting']),
    filename: z.string().nullable().describe('`/recordings/{id}/{filename}`; null while nothing is written.'),
  })
  .meta({
    id: 'RecordingStarted',
    examples: [{ status: 'recording', filename: '/recordings/camera-1/2024-01-15_11-00-00.mp4' }],
  });

export const RecordingStopped = z
  .object({
    status: z.literal('stopped'),
    files: z.array(z.string()).describe('Of this recording, oldest first, as far as they are kept.'),
    total_duration: z.number().describe('Seconds.'),
    total_size: z.int().describe('Bytes.'),
  })
  .meta({
    id: 'RecordingStopped',
    examples: [
      {
        status: 'stopped',
        files: [
          '/recordings/camera-1/2024-01-15_10-30-00.mp4',
          '/recordings/camera-1/2024-01-15_10-40-00.mp4',
        ],
        total_duration: 1200,
        total_size: 209_715_200,
      },
    ],
  });

export const RecordingPaused = z
  .object({ status: z.literal('paused') })
  .meta({ id: 'RecordingPaused', examples: [{ status: 'paused' }] });
