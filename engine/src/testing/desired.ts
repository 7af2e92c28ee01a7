import type { DesiredState, DesiredStream } from '@nightjar/contract/link';

/** A stream as the server wants it: running, not recorded, reconnecting for ever from 0.5 s on. */
export function desiredStream(id = 'cam', changes: Partial<DesiredStream> = {}): DesiredStream {
  return {
    id,
    source: { url: `rtsp://camera.test/${id}` },
    running: true,
    restart_count: 0,
    recording: { enabled: false, segment_duration: 60 },
    reconnect: { enabled: true, max_attempts: 0, backoff_ms: 500 },
    ...changes,
  };
}

/** Everything as the server wants it; loopback cameras are allowed. */
export function desiredState(
  streams: readonly DesiredStream[],
  changes: Partial<DesiredState> = {},
): DesiredState {
  return {
    revision: 1,
    streams: [...streams],
    outbound: { allow: ['127.0.0.0/8'], deny: [], ports: [] },
    base_path: '/footage',
    ...changes,
  };
}
