import type { Fact, MetricsSample } from '@nightjar/contract/link';
import type { MetricsEvent } from '@nightjar/contract/manager';
import { redact } from '../kernel/index.ts';
import type { Happening } from './events.ts';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** Characters of what the engine says that are passed on; a camera may have written them. */
const MAX_MESSAGE = 500;
const OF_STATE = {
  connecting: 'stream.connecting',
  ready: 'stream.ready',
  live: 'stream.started',
  stopped: 'stream.stopped',
} as const;
const iso = (time: string): string => new Date(time).toISOString();

const failureOf = ({
  fault = 'internal',
  message,
}: Pick<Of<'stream.state' | 'recording.state' | 'push.state'>, 'fault' | 'message'>) => ({
  error: redact(message ?? fault).slice(0, MAX_MESSAGE),
  fault,
});

function ofState(fact: Of<'stream.state'>): Happening {
  const { stream_id, state, fault } = fact;
  const about = { stream_id, state, timestamp: iso(fact.at) };
  if (fault !== undefined || state === 'reconnecting' || state === 'failed') {
    return { type: 'stream.error', ...about, ...failureOf(fact) };
  }
  return { type: OF_STATE[state], ...about };
}

const ofCertificate = ({ stream_id, fingerprint, trusted, at }: Of<'stream.certificate'>): Happening => ({
  type: trusted ? 'stream.certificate_pinned' : 'stream.certificate_changed',
  stream_id,
  fingerprint,
  timestamp: iso(at),
});

/** What the rooms know beside the fact. */
export interface RecordingKnowledge {
  /** The segment that grows. */
  currentFile: (streamId: string) => string | undefined;
  /** Somebody paused the recording. */
  paused: (streamId: string) => boolean;
  /** false: the fact repeats what is already stored. */
  isNews: (fact: Fact) => boolean;
}

function ofRecording(fact: Of<'recording.state'>, known: RecordingKnowledge): Happening {
  const { stream_id, state } = fact;
  const about = { stream_id, timestamp: iso(fact.at) };
  const filename = known.currentFile(stream_id);
  if (state === 'failed') return { type: 'recording.failed', ...about, ...failureOf(fact) };
  if (state === 'stopped' && known.paused(stream_id)) return { type: 'recording.paused', ...about };
  if (state === 'recording' && filename !== undefined) {
    return { type: 'recording.started', ...about, filename };
  }
  return { type: state === 'stopped' ? 'recording.stopped' : 'recording.waiting', ...about };
}

function ofPush(fact: Of<'push.state'>): Happening {
  const { stream_id, push_id, state, at } = fact;
  const about = { stream_id, push_id, state, timestamp: iso(at) };
  return { type: 'push.state', ...about, ...(fact.fault === undefined ? {} : failureOf(fact)) };
}

function ofViewer(fact: Of<'viewer.opened' | 'viewer.closed'>): Happening {
  const { stream_id, id, protocol, who, address } = fact;
  const about = { stream_id, viewer_id: id, protocol, who, address };
  if (fact.kind === 'viewer.opened') return { type: 'viewer.joined', ...about, timestamp: iso(fact.since) };
  const { bytes, dropped, reason, since, at } = fact;
  const duration = Math.max(0, Date.parse(at) - Date.parse(since)) / 1000;
  return { type: 'viewer.left', ...about, bytes, dropped, duration, reason, timestamp: iso(at) };
}

function ofConsumer({ stream_id, consumer_id, who, state, at, reason }: Of<'consumer.state'>): Happening {
  const about = { stream_id, consumer_id, who, timestamp: iso(at) };
  if (state === 'CONNECTED') return { type: 'consumer.connected', ...about };
  return { type: 'consumer.closed', ...about, reason: reason ?? 'it ended' };
}

function ofObject({ phase, kind: _, at, ...about }: Of<'object.state'>): Happening {
  return { type: `detection.${phase}`, ...about, timestamp: iso(at) };
}

/** The event a stored fact of the engine is; undefined for growth and for what is no news. */
export function eventOf(fact: Fact, known: RecordingKnowledge): Happening | undefined {
  if (fact.kind === 'viewer.opened' || fact.kind === 'viewer.closed') return ofViewer(fact);
  if (fact.kind === 'consumer.state') return ofConsumer(fact);
  if (fact.kind === 'stream.state') return ofState(fact);
  if (fact.kind === 'stream.certificate') return ofCertificate(fact);
  if (fact.kind === 'recording.state') return ofRecording(fact, known);
  if (fact.kind === 'push.state') return ofPush(fact);
  if (fact.kind === 'object.state') return ofObject(fact);
  if (fact.kind === 'segment.grown' || fact.kind === 'segment.hashed' || !known.isNews(fact))
    return undefined;
  const { stream_id, filename } = fact;
  if (fact.kind === 'segment.deleted') {
    return { type: 'segment.deleted', stream_id, filename, reason: fact.reason };
  }
  const about = { stream_id, filename, start: iso(fact.start) };
  if (fact.kind === 'segment.opened') return { type: 'segment.opened', ...about };
  const { end, duration, bytes, reason } = fact;
  return { type: 'segment.closed', ...about, end: iso(end), duration, size: bytes, reason };
}

/** The figures of a sample that are told of. */
export const figuresOf = ({ stream_id, metrics }: MetricsSample): Omit<MetricsEvent, 'timestamp'> => ({
  type: 'metrics.update',
  stream_id,
  metrics: {
    bitrate: metrics.bitrate.current,
    framerate: metrics.framerate.current,
    packets_lost: metrics.packets.lost,
  },
});
