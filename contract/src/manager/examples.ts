/** What the API answers, by example: the seed's words with the product's own beside them. */

const metrics = {
  bitrate: 4_096_000,
  framerate: 30,
  resolution: '1920x1080',
  packets_received: 1_000_000,
  packets_lost: 10,
};

const recording = {
  enabled: true,
  status: 'recording',
  current_file: '/recordings/camera-1/2024-01-15_10-30-00.mp4',
  duration: 3600,
};

export const STREAM = {
  id: 'camera-1',
  source_url: 'rtsp://camera.local:554/stream',
  status: 'active',
  state: 'live',
  on_demand: { enabled: false, grace: 10 },
  recording,
  metrics,
};

export const STREAM_DETAIL = {
  ...STREAM,
  created_at: '2024-01-15T10:00:00.000Z',
  last_connected: '2024-01-15T10:30:00.000Z',
  recording: {
    ...recording,
    total_size: 524_288_000,
    segment_duration: 600,
    retention_days: 7,
    max_bytes: null,
    schedule: null,
    segments: [{ filename: '2024-01-15_10-00-00.mp4', size: 104_857_600, duration: 600 }],
  },
  pipeline: { state: 'playing', latency: 150, buffer_level: 80 },
  inference: { enabled: false, model: null, threshold: null },
  reconnect: { enabled: true, max_attempts: 10, backoff_ms: 1000 },
  privacy: {
    ...{ enabled: false, record: 'rendition', cover: ['auto'], polygons: [], style: 'blur', strength: 50 },
    ...{ padding: 0.03, hold: 3, max_fps: 15, downscale: 1, audio: 'keep' },
  },
  tracks: [],
  transport: 'auto',
  transport_used: 'tcp',
  certificate: { pinned: null, refused: null },
  errors: [],
};

export const STREAM_METRICS = {
  bitrate: { current: 4_096_000, average: 4_000_000, peak: 5_000_000 },
  framerate: { current: 30, average: 29.97, dropped: 5 },
  latency: { pipeline: 150, network: 50, processing: 100 },
  packets: { received: 1_000_000, lost: 10, recovered: 8 },
  errors: { decode: 0, network: 2, total: 2 },
};

export const RECORDING = {
  filename: '2024-01-15_10-00-00.mp4',
  path: '/recordings/camera-1/2024-01-15_10-00-00.mp4',
  size: 104_857_600,
  duration: 600,
  created_at: '2024-01-15T10:00:00.000Z',
  closed: true,
  protected: false,
  tier: 'hot',
};

export const STATUS = {
  active_streams: 5,
  total_streams: 10,
  recording_streams: 3,
  cpu_usage: 45.2,
  memory_usage: 2_147_483_648,
  disk_usage: { used: 104_857_600, total: 1_073_741_824 },
};

export const PAGE = { total: 1, limit: 50, offset: 0 };
