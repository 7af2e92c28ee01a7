import type { StreamMetrics, StreamState } from '@nightjar/contract';
import type {
  StreamDetail,
  StreamMetricsDetail,
  StreamStatus,
  StreamSummary,
} from '@nightjar/contract/manager';
import type { Recordings } from '../../recordings/index.ts';
import type { StreamErrorEntry, StreamView } from '../../streams/index.ts';

type Activity = ReturnType<Recordings['activity']>;
type Listing = Awaited<ReturnType<Recordings['list']>>;

/** The one state machine in S2's words. */
const WORDS: Record<StreamState, { status: StreamStatus; pipeline: StreamDetail['pipeline']['state'] }> = {
  stopped: { status: 'inactive', pipeline: null },
  connecting: { status: 'initializing', pipeline: 'ready' },
  ready: { status: 'initializing', pipeline: 'paused' },
  live: { status: 'active', pipeline: 'playing' },
  reconnecting: { status: 'error', pipeline: 'paused' },
  failed: { status: 'error', pipeline: null },
};

export const statusOf = (view: StreamView): StreamStatus => WORDS[view.state].status;

/** Where S2 shows a file; never a path of the host. */
export const footagePath = (streamId: string, filename: string): string =>
  `/recordings/${streamId}/${filename}`;

/** Whether and what a stream records at this moment. */
export function recordingStatus(view: StreamView, activity: Activity): StreamSummary['recording']['status'] {
  const { stream } = view;
  if (!stream.recording.enabled || !stream.running) return 'stopped';
  if (stream.session.paused) return 'paused';
  // The engine has not heard yet that it is wanted.
  if (activity === undefined || activity.state === 'stopped') return 'waiting';
  return activity.state;
}

function resolutionOf({ tracks }: StreamView): string | null {
  const video = tracks.find((track) => track.kind === 'video' && track.width && track.height);
  return video ? `${video.width}x${video.height}` : null;
}

/** A stream as the list shows it; `duration` is the seconds of footage kept. */
export function summary(view: StreamView, activity: Activity, duration: number): StreamSummary {
  const { stream, metrics } = view;
  const status = recordingStatus(view, activity);
  const growing = status === 'recording' ? activity?.filename : undefined;
  return {
    id: stream.id,
    source_url: stream.source.shown,
    status: statusOf(view),
    state: view.state,
    on_demand: stream.onDemand,
    recording: {
      enabled: stream.recording.enabled,
      status,
      current_file: growing === undefined ? null : footagePath(stream.id, growing),
      duration: rounded(duration),
    },
    metrics: {
      bitrate: metrics?.bitrate.current ?? null,
      framerate: metrics?.framerate.current ?? null,
      resolution: resolutionOf(view),
      packets_received: metrics?.packets.received ?? null,
      packets_lost: metrics?.packets.lost ?? null,
    },
  };
}

interface DetailParts {
  view: StreamView;
  activity: Activity;
  listing: Listing;
  errors: readonly StreamErrorEntry[];
  defaults: { segment_duration: number; retention_days: number };
}

/** Everything of one stream. */
export function detail({ view, activity, listing, errors, defaults }: DetailParts): StreamDetail {
  const { stream, metrics } = view;
  const short = summary(view, activity, listing.totals.seconds);
  return {
    ...short,
    created_at: stream.createdAt,
    last_connected: stream.lastConnectedAt,
    recording: {
      ...short.recording,
      total_size: listing.totals.bytes,
      segment_duration:
        stream.session.segmentDuration ?? stream.recording.segmentDuration ?? defaults.segment_duration,
      retention_days: stream.recording.retentionDays ?? defaults.retention_days,
      max_bytes: stream.recording.maxBytes,
      schedule: stream.recording.schedule,
      events: stream.recording.events,
      segments: listing.segments.map(({ filename, bytes, duration }) => ({
        filename,
        size: bytes,
        duration: rounded(duration),
      })),
    },
    pipeline: {
      state: WORDS[view.state].pipeline,
      latency: metrics?.latency.pipeline ?? null,
      buffer_level: metrics?.buffer_level ?? null,
    },
    inference: { ...stream.inference, classes: [...stream.inference.classes], state: view.looking },
    reconnect: stream.reconnect,
    privacy: stream.privacy,
    tracks: [...view.tracks],
    transport: stream.transport,
    transport_used: view.transport ?? null,
    certificate: stream.certificate,
    errors: errors.map(({ fault, message, at }) => ({ code: fault, message, timestamp: at })),
  };
}

/** A page of footage. */
/** A file of footage as S2 shows it. */
export const recording = (segment: Listing['segments'][number]) => ({
  filename: segment.filename,
  path: footagePath(segment.streamId, segment.filename),
  size: segment.bytes,
  duration: rounded(segment.duration),
  created_at: segment.startAt,
  closed: segment.endAt !== null,
  protected: segment.protected,
  tier: segment.tier,
});

export function recordingList(listing: Listing, page: { limit: number; offset: number }) {
  const { segments, totals } = listing;
  return {
    recordings: segments.map(recording),
    total_size: totals.bytes,
    total_duration: rounded(totals.seconds),
    total: totals.count,
    ...page,
  };
}

const UNMEASURED: StreamMetricsDetail = {
  bitrate: { current: null, average: null, peak: null },
  framerate: { current: null, average: null, dropped: null },
  latency: { pipeline: null, network: null, processing: null },
  packets: { received: null, lost: null, recovered: null },
  errors: { decode: null, network: null, total: null },
};

/** The engine's figures; all null without a fresh sample. */
export const metricsDetail = (metrics: StreamMetrics | undefined): StreamMetricsDetail =>
  metrics ?? UNMEASURED;

/** Seconds to the millisecond. */
export const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
