import { z } from 'zod';
import { Figure } from './common.ts';
import { STATUS } from './examples.ts';

export const Health = z
  .object({
    status: z.literal('healthy'),
    uptime: z.int().describe('Seconds.'),
    version: z.string(),
  })
  .meta({ id: 'Health', examples: [{ status: 'healthy', uptime: 3600, version: '0.1.0' }] });

export const SystemStatus = z
  .object({
    active_streams: z.int(),
    total_streams: z.int(),
    recording_streams: z.int(),
    cpu_usage: Figure.describe('Percent of all cores of the machine since the last sample.'),
    memory_usage: z.int().describe('Bytes in use on the machine.'),
    disk_usage: z
      .object({ used: z.int(), total: z.int() })
      .nullable()
      .describe('Bytes of the volume that holds the recordings.'),
  })
  .meta({ id: 'SystemStatus', examples: [STATUS] });

/** Prometheus' text format, as S2 names its figures and with the product's own beside them. */
export const MetricsText = z.string().meta({
  id: 'MetricsText',
  examples: [
    `# HELP stream_manager_active_streams Number of active streams
# TYPE stream_manager_active_streams gauge
stream_manager_active_streams 5

# HELP stream_manager_bytes_received Total bytes received
# TYPE stream_manager_bytes_received counter
stream_manager_bytes_received{stream="camera-1"} 1073741824
`,
  ],
});
