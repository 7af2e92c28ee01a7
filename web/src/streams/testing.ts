import type { StreamDetail, StreamSummary } from '../api/types.ts';

/** A stream for tests, live and recorded unless told otherwise. */
export function makeStream(id: string, change: Partial<StreamSummary> = {}): StreamSummary {
  return {
    id,
    source_url: `rtsp://192.168.1.20:554/${id}`,
    status: 'active',
    state: 'live',
    on_demand: { enabled: false, grace: 10 },
    recording: { enabled: true, status: 'recording', current_file: null, duration: 60 },
    metrics: {
      bitrate: 4_096_000,
      framerate: 30,
      resolution: '1920x1080',
      packets_received: 1000,
      packets_lost: 0,
    },
    ...change,
  };
}

/** Its details. */
export function makeDetail(stream: StreamSummary, change: Partial<StreamDetail> = {}): StreamDetail {
  return {
    ...stream,
    created_at: '2026-01-15T10:00:00.000Z',
    last_connected: null,
    recording: {
      ...stream.recording,
      total_size: 0,
      segment_duration: 600,
      retention_days: 7,
      max_bytes: null,
      schedule: null,
      events: null,
      segments: [],
    },
    pipeline: { state: null, latency: null, buffer_level: null },
    inference: {
      ...{ enabled: false, state: 'off', model: null, threshold: null, classes: [], zones: [] },
      ...{ look_at: null, schedule: null, fps: 5, bookmarks: false, snapshots: false },
    },
    reconnect: { enabled: true, max_attempts: 0, backoff_ms: 1000 },
    privacy: {
      enabled: false,
      record: 'rendition',
      cover: ['auto'],
      polygons: [],
      style: 'blur',
      strength: 50,
      padding: 0.03,
      model: null,
      classes: ['person', 'face', 'plate'],
      threshold: 0.25,
      detect_fps: 10,
      hold: 3,
      max_fps: 15,
      downscale: 1,
      audio: 'keep',
    },
    tracks: [],
    transport: 'auto',
    transport_used: null,
    certificate: { pinned: null, refused: null },
    errors: [],
    ...change,
  };
}
