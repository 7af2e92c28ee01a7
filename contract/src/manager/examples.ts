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
    events: null,
    segments: [{ filename: '2024-01-15_10-00-00.mp4', size: 104_857_600, duration: 600 }],
  },
  pipeline: { state: 'playing', latency: 150, buffer_level: 80 },
  inference: {
    ...{ enabled: true, state: 'on' as const, model: 'yolov5', threshold: 0.5, classes: ['person'] },
    ...{ zones: [], look_at: null, schedule: null, fps: 5, bookmarks: false, snapshots: false },
  },
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

export const PUSH = {
  id: 'a4f2',
  url: 'rtmps://live.example.net/app/***',
  tls_fingerprint: null,
  enabled: true,
  state: 'live',
  since: '2024-01-15T10:30:00.000Z',
  fault: null,
  message: null,
  created_at: '2024-01-15T10:00:00.000Z',
};

export const CAMERA_REPORT = {
  source_url: 'rtsp://***:***@192.168.1.20:554/Streaming/Channels/101',
  transport: 'tcp',
  video: {
    ...{ codec: 'h264', codec_string: 'avc1.64001f', resolution: '1920x1080', frame_rate: 25 },
    ...{ gop_seconds: 2, gop_frames: 50, b_frames: false, bitrate: 4_096_000 },
  },
  audio: { codec: 'aac', codec_string: 'mp4a.40.2', sample_rate: 16_000, channels: 1, bitrate: 32_000 },
  tracks: [],
  clock_skew: 0.4,
  packets_lost: 0,
  certificate: null,
  seconds: 4.2,
  notes: [{ level: 'good', about: 'video', message: 'Every browser plays it as it is' }],
};

export const DEVICES = {
  devices: [
    {
      address: '192.168.1.64',
      ports: [80],
      name: 'Camera 64',
      hardware: 'DS-2CD2043',
      location: 'gate',
    },
  ],
  total: 1,
};

export const DEVICE = {
  manufacturer: 'HIKVISION',
  model: 'DS-2CD2043',
  firmware: 'V5.7.3',
  serial_number: 'DS-2CD204320200101AAWRE12345678',
  clock_skew: 0.4,
  account: 'digest',
  profiles: [
    {
      ...{ token: 'Profile_1', name: 'mainStream', encoding: 'H264', width: 1920, height: 1080 },
      ...{ frame_rate: 25, bitrate: 4_096_000, audio: 'AAC' },
      source_url: 'rtsp://192.168.1.64:554/Streaming/Channels/101',
    },
  ],
  ptz: true,
  events: true,
};

export const DEVICE_SETTINGS = {
  id: 'camera-1',
  host: '192.168.1.64',
  port: 80,
  path: null,
  secure: false,
  username: 'onvif',
  password_set: true,
  events: true,
};

export const PRESET = { token: '3', name: 'gate' };

export const PTZ = { pan_tilt: true, zoom: true, can_keep_presets: true, presets: [PRESET] };

export const URL_PRESETS = {
  presets: [
    {
      brand: 'Hikvision',
      main: '/Streaming/Channels/101',
      sub: '/Streaming/Channels/102',
      port: 554,
      note: null,
    },
  ],
  total: 1,
};

export const COVERAGE = {
  from: '2024-01-15T10:00:00.000Z',
  to: '2024-01-15T11:00:00.000Z',
  recorded: 3540,
  completeness: 0.9833,
  gaps: [
    {
      start: '2024-01-15T10:20:00.000Z',
      end: '2024-01-15T10:21:00.000Z',
      seconds: 60,
      reason: 'camera_lost',
    },
  ],
};

export const RETENTION_PREVIEW = {
  ...{ files: 12, bytes: 1_258_291_200, seconds: 7200 },
  streams: [
    {
      id: 'camera-1',
      ...{ files: 12, bytes: 1_258_291_200, seconds: 7200 },
      until: '2024-01-08T10:00:00.000Z',
    },
  ],
};

export const VIEWER = {
  id: 'v-17',
  stream_id: 'camera-1',
  protocol: 'webrtc',
  who: 'person:person-4f2a',
  address: '192.168.1.30',
  since: '2024-01-15T10:30:00.000Z',
  bytes: 104_857_600,
  dropped: 0,
};

export const CONFIG_VERSION = {
  id: 3,
  created_at: '2024-01-15T10:00:00.000Z',
  author: 'person:person-4f2a',
};

export const JOB = {
  id: 'export-4f2a77c1b09e',
  kind: 'export',
  state: 'running',
  progress: 40,
  owner: 'person:person-4f2a',
  stream_id: null,
  result: null,
  error: null,
  created_at: '2024-01-15T10:30:00.000Z',
  due_at: '2024-01-15T10:30:00.000Z',
  started_at: '2024-01-15T10:30:00.000Z',
  ended_at: null,
};
