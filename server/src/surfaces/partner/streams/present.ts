import type { StreamState } from '@nightjar/contract';
import type { PartnerState, PartnerStream } from '@nightjar/contract/partner';
import type { StreamView } from '../../../streams/index.ts';
import type { Viewers } from '../../../streams/viewers/index.ts';

/** The one state machine in S4's words. */
const WORDS: Readonly<Record<StreamState, PartnerState>> = {
  stopped: 'STOPPED',
  connecting: 'INITIALIZING',
  ready: 'READY',
  live: 'LIVE',
  reconnecting: 'RECONNECTING',
  failed: 'ERROR',
};

export const wordOf = (state: StreamState): PartnerState => WORDS[state];
export const stateOf = (view: StreamView): PartnerState => wordOf(view.state);

/** A camera has one stream, known by the same id. */
export const cameraOf = (view: StreamView): string => view.stream.id;

/** How many watch a stream, and by WebRTC consumers of them. */
export interface Audience {
  viewers: number;
  consumers: number;
}

export const audienceOf = ({ viewers }: { viewers: Viewers }, streamId: string): Audience => {
  const watching = viewers.list().filter((viewer) => viewer.stream_id === streamId);
  return {
    viewers: watching.length,
    consumers: watching.filter(({ protocol }) => protocol === 'webrtc').length,
  };
};

export function shownStream(view: StreamView, audience: Audience): PartnerStream {
  const { stream, state, tracks } = view;
  return {
    id: stream.id,
    camera_id: cameraOf(view),
    state: WORDS[state],
    source_url: stream.source.shown,
    producer:
      tracks.length === 0
        ? null
        : { id: stream.id, state: state === 'live' ? 'ACTIVE' : 'INACTIVE', tracks: [...tracks] },
    consumer_count: audience.consumers,
    viewer_count: audience.viewers,
    recording: stream.recording.enabled,
    created_at: stream.createdAt,
    updated_at: stream.updatedAt,
  };
}

/** `limit` and `offset` of a list, whichever way they were asked for; 50 and 0 when they were not. */
export function pageOf(query: {
  limit?: number | undefined;
  offset?: number | undefined;
  page?: number | undefined;
  page_size?: number | undefined;
}): { limit: number; offset: number } {
  const limit = query.limit ?? query.page_size ?? 50;
  return { limit, offset: query.offset ?? ((query.page ?? 1) - 1) * limit };
}
