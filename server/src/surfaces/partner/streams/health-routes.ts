import { PartnerStreamHealth, PartnerStreamParams } from '@nightjar/contract/partner';
import type { App } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { audienceOf, stateOf } from './present.ts';

/** S4's health of a stream: measured, or null. */
export function healthRoutes(app: App, rooms: PartnerRooms): void {
  app.get('/v2/streams/:stream_id/health', {
    config: { access: { scope: 'streams:read', object: { stream: 'stream_id' } } },
    schema: {
      tags: ['partner streams'],
      summary: 'Get how a stream is; null is what cannot be measured',
      params: PartnerStreamParams,
      response: { 200: PartnerStreamHealth, ...errorAnswers },
    },
    handler: async ({ params }) => healthOf(rooms, await rooms.streams.get(params.stream_id)),
  });
}

async function healthOf(rooms: PartnerRooms, view: StreamView) {
  const { streams, recordings, clock } = rooms;
  const { stream, state, metrics } = view;
  const live = state === 'live';
  const since = live && stream.lastConnectedAt ? Date.parse(stream.lastConnectedAt) : null;
  const [last] = await streams.errors(stream.id);
  return {
    stream_id: stream.id,
    state: stateOf(view),
    healthy: live && (metrics?.framerate.current ?? 0) > 0,
    uptime_seconds: since === null ? null : Math.max(0, (clock.utc() - since) / 1000),
    ...measured(metrics),
    viewer_count: audienceOf(rooms, stream.id).viewers,
    recording_completeness: stream.recording.enabled
      ? ((await recordings.completeness(stream.id, stream.createdAt)) ?? null)
      : null,
    last_error: last ? { code: last.fault, message: last.message, timestamp: last.at } : null,
  };
}

const UNKNOWN = {
  ...{ bitrate: null, frame_rate: null, packets_received: null, packets_lost: null, packet_loss: null },
  ...{ jitter: null, last_key_frame_at: null, reconnects: null },
};

/** What the engine measures of it; all null before it does. */
function measured(metrics: StreamView['metrics']) {
  if (!metrics) return UNKNOWN;
  const { received, lost } = metrics.packets;
  return {
    bitrate: metrics.bitrate.current,
    frame_rate: metrics.framerate.current,
    packets_received: received,
    packets_lost: lost,
    packet_loss: received + lost === 0 ? null : lost / (received + lost),
    jitter: metrics.jitter ?? null,
    last_key_frame_at: metrics.last_key_frame ?? null,
    reconnects: metrics.reconnects,
  };
}
