// house: budgets exempt because it is written from the contract: `npm run clients`
// Shapes of the partners’ API. Written from the contract by tools/src/partner-clients; not to be edited.

export interface PartnerStream {
  id: string;
  /** The camera it belongs to. */
  camera_id: string;
  state: 'STOPPED' | 'INITIALIZING' | 'READY' | 'LIVE' | 'RECONNECTING' | 'ERROR';
  /** Credentials are shown as `***:***`. */
  source_url: string;
  /** null before the first picture. */
  producer: {
    id: string;
    state: 'ACTIVE' | 'INACTIVE';
    tracks: Array<{
      kind: 'video' | 'audio';
      codec: string;
      codec_string: string;
      width?: number;
      height?: number;
      sample_rate?: number;
      channels?: number;
    }>;
  } | null;
  /** WebRTC consumers that are not closed, as far as the caller may know. */
  consumer_count: number;
  /** Everybody who watches, by whatever protocol. */
  viewer_count: number;
  /** Whether it is to be recorded. */
  recording: boolean;
  created_at: string;
  updated_at: string;
}

export interface PartnerStreamHealth {
  stream_id: string;
  state: 'STOPPED' | 'INITIALIZING' | 'READY' | 'LIVE' | 'RECONNECTING' | 'ERROR';
  /** Live, with pictures within the last 2 s. */
  healthy: boolean;
  /** Since it became live; null while it is not. */
  uptime_seconds: number | null;
  /** Bit/s over the last 2 s. */
  bitrate: number | null;
  /** Pictures a second over the last 2 s. */
  frame_rate: number | null;
  packets_received: number | null;
  packets_lost: number | null;
  /** Share of the packets that never came, 0 to 1. */
  packet_loss: number | null;
  /** Seconds by which pictures come irregularly (RFC 3550 6.4.1, of pictures). */
  jitter: number | null;
  /** When the newest key frame came. */
  last_key_frame_at: string | null;
  viewer_count: number;
  reconnects: number | null;
  /** Share of the last 24 hours of which there is footage; null when it is not to be recorded. */
  recording_completeness: number | null;
  last_error: {
    code:
      | 'unreachable'
      | 'refused'
      | 'timeout'
      | 'auth_failed'
      | 'not_found'
      | 'not_rtsp'
      | 'no_playable_track'
      | 'protocol_error'
      | 'no_media'
      | 'closed_by_camera'
      | 'target_denied'
      | 'tls_changed'
      | 'storage_full'
      | 'storage_failed'
      | 'internal';
    message: string;
    timestamp: string;
  } | null;
}

export interface PartnerBookmark {
  id: string;
  stream_id: string;
  source: 'live' | 'historical';
  status: 'pending' | 'processing' | 'ready' | 'failed';
  /** Why it failed. */
  error: string | null;
  center_timestamp: string;
  before_seconds: number;
  after_seconds: number;
  label: string;
  event_type: string | null;
  confidence: number | null;
  tags: Array<string>;
  /** As the caller said, else its name. */
  created_by: string;
  /** `kind:id` of who made it, whatever was said. */
  created_by_principal: string;
  /** First moment of the clip; null until it is ready. */
  start_time: string | null;
  end_time: string | null;
  /** What the clip plays: less than its window where footage is missing. */
  duration_seconds: number | null;
  format: 'mp4';
  file_size: number | null;
  /** Of the clip, hex. */
  sha256: string | null;
  video_url: string;
  thumbnail_url: string | null;
  created_at: string;
  updated_at: string;
}

export interface PartnerSnapshot {
  id: string;
  stream_id: string;
  source: 'live' | 'historical';
  status: 'pending' | 'processing' | 'ready' | 'failed';
  /** Why it failed. */
  error: string | null;
  /** When its picture was shown; the asked-for moment until it is ready. */
  timestamp: string;
  /** As the caller said, else its name. */
  created_by: string;
  /** `kind:id` of who made it, whatever was said. */
  created_by_principal: string;
  metadata: Record<string, unknown>;
  format: 'jpg';
  file_size: number | null;
  image_url: string;
  created_at: string;
  updated_at: string;
}

export interface PartnerConsumer {
  id: string;
  stream_id: string;
  state: 'CONNECTING' | 'CONNECTED' | 'CLOSED';
  created_at: string;
  connected_at: string | null;
  closed_at: string | null;
  last_seen_at: string;
  /** Why it is closed. */
  reason: string | null;
  bytes_sent: number;
}

export interface PartnerWebhook {
  id: string;
  /** Without its user part, and without what stands behind `?`. */
  url: string;
  events: Array<
    | 'bookmark.ready'
    | 'bookmark.failed'
    | 'snapshot.ready'
    | 'snapshot.failed'
    | 'consumer.connected'
    | 'consumer.closed'
    | 'stream.state'
  >;
  description: string;
  enabled: boolean;
  /** Why it was disabled, where nobody did it. */
  disabled_reason: string | null;
  created_by_principal: string;
  created_at: string;
  updated_at: string;
}

export interface WebhookCreated {
  id: string;
  /** Without its user part, and without what stands behind `?`. */
  url: string;
  events: Array<
    | 'bookmark.ready'
    | 'bookmark.failed'
    | 'snapshot.ready'
    | 'snapshot.failed'
    | 'consumer.connected'
    | 'consumer.closed'
    | 'stream.state'
  >;
  description: string;
  enabled: boolean;
  /** Why it was disabled, where nobody did it. */
  disabled_reason: string | null;
  created_by_principal: string;
  created_at: string;
  updated_at: string;
  /** Signs each call. Shown this once. */
  secret: string;
}

export type PartnerEvent =
  | {
      type: 'bookmark.ready';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: PartnerBookmark;
    }
  | {
      type: 'bookmark.failed';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: PartnerBookmark;
    }
  | {
      type: 'snapshot.ready';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: PartnerSnapshot;
    }
  | {
      type: 'snapshot.failed';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: PartnerSnapshot;
    }
  | {
      type: 'consumer.connected';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: {
        id: string;
        state: 'CONNECTED' | 'CLOSED';
        /** Why it is closed. */
        reason: string | null;
      };
    }
  | {
      type: 'consumer.closed';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: {
        id: string;
        state: 'CONNECTED' | 'CLOSED';
        /** Why it is closed. */
        reason: string | null;
      };
    }
  | {
      type: 'stream.state';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
      stream_id: string;
      data: {
        state: 'STOPPED' | 'INITIALIZING' | 'READY' | 'LIVE' | 'RECONNECTING' | 'ERROR';
      };
    }
  | {
      type: 'webhook.test';
      /** The same whenever it is sent again. */
      id: string;
      created_at: string;
    };

export interface WebhookDelivery {
  id: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  created_at: string;
  /** When it is tried again. */
  next_at: string | null;
  delivered_at: string | null;
  /** What the other side or the network said last. */
  detail: string | null;
  event: PartnerEvent;
}

export interface WebhookTested {
  delivered: boolean;
  detail: string;
}

export interface PartnerStreamCreate {
  /** Also the id of its stream; made up when it is not given. */
  camera_id?: string;
  /** As in `POST /api/streams`: an RTSP, RTMP or FLV address, or `publish:`. */
  source_url: string;
  recording?: {
    enabled?: boolean;
    /** Seconds of one file. */
    segment_duration?: number;
    /** Closed segments older than this are deleted. */
    retention_days?: number;
    /** Beyond it the oldest closed segments of the stream are deleted. */
    max_bytes?: number;
    /** Recorded only in these hours of the week, unless recording is started by order; at all hours when absent. */
    schedule?: {
      time_zone: string;
      mon?: Array<string>;
      tue?: Array<string>;
      wed?: Array<string>;
      thu?: Array<string>;
      fri?: Array<string>;
      sat?: Array<string>;
      sun?: Array<string>;
    };
    /** Recorded only around these events, within the hours of the schedule, unless recording is started by order; always when absent. */
    events?: {
      on: Array<string>;
      /** Seconds of footage from before an event. */
      before?: number;
      /** Seconds of footage after an event, or after the end of what lasts. */
      after?: number;
    };
  };
  /** true and false stand for `enabled`. */
  on_demand?: {
    /** Connected only while somebody watches, or while it is recorded. */
    enabled?: boolean;
    /** Seconds it stays connected after the last. */
    grace?: number;
  };
}

export interface BookmarkCreate {
  source: 'live' | 'historical';
  center_timestamp?: string;
  before_seconds?: number;
  after_seconds?: number;
  label?: string;
  event_type?: string | null;
  confidence?: number | null;
  tags?: Array<string>;
  created_by?: string;
}

export interface BookmarkUpdate {
  label?: string;
  event_type?: string | null;
  confidence?: number | null;
  tags?: Array<string>;
}

export interface SnapshotCreate {
  source: 'live' | 'historical';
  timestamp?: string;
  created_by?: string;
  metadata?: Record<string, unknown>;
}

export interface WebhookCreate {
  /** Public ones in HTTPS; others when an administrator has listed them in `network.allow`. */
  url: string;
  events?: Array<
    | 'bookmark.ready'
    | 'bookmark.failed'
    | 'snapshot.ready'
    | 'snapshot.failed'
    | 'consumer.connected'
    | 'consumer.closed'
    | 'stream.state'
  >;
  description?: string;
  enabled?: boolean;
}

export interface WebhookUpdate {
  /** Public ones in HTTPS; others when an administrator has listed them in `network.allow`. */
  url?: string;
  events?: Array<
    | 'bookmark.ready'
    | 'bookmark.failed'
    | 'snapshot.ready'
    | 'snapshot.failed'
    | 'consumer.connected'
    | 'consumer.closed'
    | 'stream.state'
  >;
  description?: string;
  enabled?: boolean;
}

export interface PartnerStreamQuery {
  state?: 'STOPPED' | 'INITIALIZING' | 'READY' | 'LIVE' | 'RECONNECTING' | 'ERROR';
  camera_id?: string;
}

export interface PartnerBookmarkQuery {
  event_type?: string;
  created_by?: string;
  /** Moments at or after it. */
  start_time?: string;
  /** Moments at or before it. */
  end_time?: string;
  status?: 'pending' | 'processing' | 'ready' | 'failed';
  tag?: string;
  min_confidence?: number;
}

export interface PartnerSnapshotQuery {
  created_by?: string;
  /** Moments at or after it. */
  start_time?: string;
  /** Moments at or before it. */
  end_time?: string;
  status?: 'pending' | 'processing' | 'ready' | 'failed';
  source?: 'live' | 'historical';
}

export interface WebhookDeliveryQuery {
  state?: 'pending' | 'delivered' | 'failed';
}
