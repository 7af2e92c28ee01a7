/** What S3 asks and answers, by example. */

const AT = '2024-01-15T10:30:00.000Z';
const ID = 'kX3vQ9mT';
const footage = { count: 42, size: 41_943_040_000, duration: 151_200 };
const fault = { code: 'timeout', message: 'The camera does not answer', at: AT };

const person = {
  id: ID,
  username: 'kim',
  email: 'kim@example.org',
  role: 'operator',
  scopes: ['streams:read', 'cameras:read', 'recordings:read'],
};
const token = {
  id: ID,
  name: 'nightly export',
  scopes: ['streams:read', 'recordings:read'],
  reach: 'granted',
  grants: [{ kind: 'camera', id: 'front-door', scopes: null }],
  rate_limit: 60,
};

export const LOGIN = { username: 'kim', password: 'correct horse battery staple' };
export const REFRESH = { refresh_token: 'nr_3b5d…' };
export const SIGNED_IN = {
  access_token: 'eyJhbGciOiJIUzI1NiJ9…',
  refresh_token: 'nr_3b5d…',
  expires_in: 3_600,
  user: person,
};
export const SECOND_FACTOR = { second_factor: 'totp', challenge: 'nc_71ad…', expires_in: 300 };
export const PROFILE = {
  ...person,
  second_factor: true,
  recovery_codes: 8,
  must_change_password: false,
  last_sign_in_at: AT,
  created_at: '2024-01-01T09:00:00.000Z',
  csrf_token: null,
};
export const PERMISSIONS = {
  kind: 'person',
  id: ID,
  scopes: person.scopes,
  reach: 'granted',
  streams: [{ id: 'front-door', scopes: ['streams:read'] }],
};
export const ERRORS = [
  { statusCode: 404, error: 'Not Found', message: "Stream with ID 'nobody' not found" },
  { statusCode: 400, error: 'Bad Request', message: ['name: Invalid input: expected string'] },
];

export const CAMERA = {
  id: 'front-door',
  name: 'Front door',
  serial_number: 'SN-0001',
  location: 'Entrance',
  description: null,
  status: 'online',
  is_active: true,
  recording: true,
  recording_status: 'recording',
  rtmp_url: 'rtmp://video.example.com:1935/live/Yx0Q2mJcT7p1n5rVbW3sLkZe',
  stream_id: 'front-door',
  streams: [
    {
      id: 'front-door',
      kind: 'pull',
      source_url: 'rtsp://***:***@10.0.0.5:554/main',
      status: 'online',
      state: 'live',
    },
  ],
  quality: { fps: 25, bitrate: 4_096_000, dropped_frames: 0, resolution: '1920x1080' },
  viewers: 2,
  last_error: null,
  last_seen_at: AT,
  created_at: '2024-01-01T09:00:00.000Z',
  updated_at: AT,
};
export const TOGGLE = { recording: true };
const live = (path: string) => `https://video.example.com/live/front-door/${path}?ticket=eyJz…`;
export const URLS = {
  camera_id: 'front-door',
  stream_id: 'front-door',
  rtmp_url: CAMERA.rtmp_url,
  rtmp_play_url: 'rtmp://video.example.com:1935/live/front-door?ticket=eyJz…',
  hls_url: live('index.m3u8'),
  adaptive_hls_url: live('adaptive.m3u8'),
  webrtc_url: 'https://video.example.com/whep/front-door',
  mse_url: 'wss://video.example.com/live/front-door/mse?ticket=eyJz…',
  rtsp_url: 'rtsp://video.example.com:8554/front-door?ticket=eyJz…',
  mjpeg_url: live('mjpeg'),
  snapshot_url: live('snapshot.jpg'),
  expires_at: AT,
};
export const ALLOWED = { status: 'ok', stream_id: 'front-door' };

export const RECORDING = {
  id: 'front-door~2024-01-15_10-00-00.mp4',
  camera_id: 'front-door',
  camera_name: 'Front door',
  stream_id: 'front-door',
  filename: '2024-01-15_10-00-00.mp4',
  status: 'completed',
  started_at: '2024-01-15T10:00:00.000Z',
  ended_at: '2024-01-15T10:10:00.000Z',
  duration: 600,
  size: 104_857_600,
  storage_tier: 'hot',
  protected: false,
  close_reason: 'duration',
};
export const RECORDINGS = {
  ...{ items: [RECORDING], total: 1, limit: 50, offset: 0 },
  ...{ total_size: 104_857_600, total_duration: 600 },
};
export const SIGNED_URL = {
  url: `https://video.example.com/api/v1/recordings/${RECORDING.id}/download?expires=1705318200&signature=b64…`,
  expires_at: AT,
};

export const ARCHIVE = { tier: 'archived' };
export const MOVE = { id: RECORDING.id, storage_tier: 'hot', target_tier: 'archived', status: 'queued' };

export const STATS = {
  cameras: { total: 12, online: 11, offline: 1, error: 0, active: 12, recording: 10 },
  recordings: { ...footage, today: { count: 3, size: 3_145_728_000, duration: 10_800 }, growing: 10 },
  storage: { used: 512_000_000_000, total: 2_000_000_000_000, footage: 41_943_040_000 },
  viewers: 4,
  system: {
    ...{ status: 'healthy', uptime: 86_400, cpu_usage: 12.5 },
    ...{ memory_usage: 268_435_456, memory_total: 8_589_934_592, version: '0.1.0' },
  },
};
export const CAMERA_ANALYTICS = {
  ...{ camera_id: 'front-door', name: 'Front door', status: 'online' },
  ...{ fps: 25, bitrate: 4_096_000, dropped_frames: 0, packets_lost: 0, viewers: 2 },
  ...{ completeness: 0.998, footage, errors: 1, last_error: fault, last_seen_at: AT },
};
export const RECORDING_ANALYTICS = {
  ...{ from: '2024-01-09', to: '2024-01-15', totals: footage, days: [{ ...footage, date: '2024-01-15' }] },
  cameras: [{ ...footage, camera_id: 'front-door', name: 'Front door' }],
  tiers: [{ ...footage, tier: 'hot' }],
  ...{ bytes_per_day: 5_991_862_857, days_until_full: 248 },
};
export const SYSTEM_METRICS = {
  ...{ timestamp: AT, uptime: 86_400, version: '0.1.0', cpu: { usage: 12.5, cores: 4 } },
  memory: { used: 3_221_225_472, total: 8_589_934_592, process: 268_435_456 },
  disk: { used: 512_000_000_000, total: 2_000_000_000_000 },
  engine: { connected: true },
  streams: { total: 12, live: 11, bitrate: 45_056_000 },
  viewers: { total: 4, by_protocol: { webrtc: 3, hls: 1 } },
};
export const ACTIVITY = {
  ...{ id: 'event-4711', at: AT, type: 'stream.error', kind: 'event', severity: 'error' },
  ...{ camera_id: 'front-door', camera_name: 'Front door', actor: null, outcome: null },
  message: 'The camera does not answer',
};

const { id: _made, ...asked } = token;
export const CREATE_TOKEN = { ...asked, expires_in: 2_592_000 };
export const UPDATE_TOKEN = { name: 'weekly export', rate_limit: 30 };
export const TOKEN = {
  ...token,
  ...{ owner_id: ID, created_at: AT, expires_at: '2024-02-14T10:30:00.000Z' },
  ...{ last_used_at: null, revoked_at: null },
};
export const TOKEN_CREATED = { ...TOKEN, token: 'nj_8Qm3…' };
