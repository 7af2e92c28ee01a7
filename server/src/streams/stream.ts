import type {
  PrivacyConfig,
  StreamFault,
  StreamMetrics,
  StreamState,
  TrackFact,
  Transport,
  TransportSetting,
  WeeklySchedule,
} from '@nightjar/contract';
import type { Reconnect } from '@nightjar/contract/link';
import type { RecordingEvents } from '@nightjar/contract/manager';

/** A stream as it is stored; times are ISO 8601 UTC. */
export interface Stream {
  id: string;
  source: SealedSource;
  transport: TransportSetting;
  certificate: Certificate;
  /** false: told to stop. */
  running: boolean;
  restartCount: number;
  /** null follows the configuration. */
  recording: {
    enabled: boolean;
    segmentDuration: number | null;
    retentionDays: number | null;
    /** Its footage may have; null is no limit. */
    maxBytes: number | null;
    /** Hours of the week in which it is recorded; null is all. */
    schedule: WeeklySchedule | null;
    /** Recorded only around these; null is always. */
    events: RecordingEvents | null;
  };
  session: RecordingSession;
  reconnect: Reconnect;
  /** Connected only while somebody watches or a recording is wanted, and `grace` seconds beyond. */
  onDemand: { enabled: boolean; grace: number };
  inference: Inference;
  privacy: PrivacyConfig;
  /** When its privacy was turned on last: what was captured before is clear. */
  privacySince: string | null;
  /** Path of the RTSP listener by which it is played as well. */
  rtspPath: string | null;
  createdAt: string;
  updatedAt: string;
  lastConnectedAt: string | null;
}

/** How a network looks at its pictures. */
export interface Inference {
  enabled: boolean;
  /** null is the first that knows one of the classes. */
  model: string | null;
  threshold: number | null;
  classes: readonly string[];
  /** Polygons, 0 to 1 from the upper left; none is everywhere. */
  zones: PrivacyConfig['polygons'];
  schedule: WeeklySchedule | null;
  fps: number;
  /** Another stream's id, whose pictures are looked at in its place. */
  look_at: string | null;
  bookmarks: boolean;
  snapshots: boolean;
}

/** The recording that is wanted now, from its order to the next stop. */
export interface RecordingSession {
  /** When it was asked for; null is none, or unknown. */
  since: string | null;
  paused: boolean;
  /** Ends the name of the first file until that is there. */
  label: string | null;
  /** Seconds of its files; null follows the stream. */
  segmentDuration: number | null;
  /** Somebody ordered it to start; false: the settings say so. */
  ordered: boolean;
}

/** What a camera inside TLS may show, and what else it has shown since; SHA-256, lower-case hex. */
export interface Certificate {
  pinned: string | null;
  refused: string | null;
}

/** A camera's address at rest. */
export interface SealedSource {
  /** With every secret as `***`. */
  shown: string;
  /** The vault's text of the whole. */
  sealed: string;
}

export interface StreamErrorEntry {
  at: string;
  fault: StreamFault;
  message: string;
}

/** A stream together with what the engine observes of it now. */
export interface StreamView {
  stream: Stream;
  state: StreamState;
  tracks: readonly TrackFact[];
  transport: Transport | undefined;
  /** Whether a network looks at it; `no_model`: none is there that could. */
  looking: 'off' | 'on' | 'no_model';
  /** undefined without a fresh sample. */
  metrics: StreamMetrics | undefined;
}
