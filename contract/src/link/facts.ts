import { z } from 'zod';
import { ObjectBox, SeenObject } from '../inference.ts';
import {
  Fingerprint,
  StreamFault,
  StreamId,
  StreamMetrics,
  StreamState,
  TrackFact,
  Transport,
} from '../stream.ts';
import { ConsumerStateFact } from './consume.ts';
import { PushFact } from './pushes.ts';
import { ViewerClosed, ViewerOpened } from './viewers.ts';

const Time = z.iso.datetime();

export const StateFact = z.object({
  kind: z.literal('stream.state'),
  stream_id: StreamId,
  state: StreamState,
  previous: StreamState,
  at: Time,
  fault: StreamFault.optional(),
  message: z.string().optional(),
  tracks: z.array(TrackFact).optional(),
  /** How the media of the connection in hand travels. */
  transport: Transport.optional(),
});

/**
 * A camera showed a certificate that is not the one it is pinned to: the first of all, or another one. `trusted`:
 * the engine went on with it, for it is the first, or one that this machine's authorities vouch for.
 */
export const CertificateFact = z.object({
  kind: z.literal('stream.certificate'),
  stream_id: StreamId,
  fingerprint: Fingerprint,
  trusted: z.boolean(),
  at: Time,
});

/** Path segments of a file: `stream_id/filename` under the tier's folder. */
const SegmentKey = { stream_id: StreamId, filename: z.string() };

export const SegmentOpened = z.object({ kind: z.literal('segment.opened'), ...SegmentKey, start: Time });

/** A part is on disk (`fdatasync` returned). Coalesced: only the newest of a segment is kept in the queue. */
export const SegmentGrown = z.object({
  kind: z.literal('segment.grown'),
  ...SegmentKey,
  start: Time,
  /** Seconds of media on disk and bytes of the file up to here. */
  duration: z.number(),
  bytes: z.number().int(),
});

export type SegmentGrowth = z.infer<typeof SegmentGrown>;

export const SegmentClosed = z.object({
  kind: z.literal('segment.closed'),
  ...SegmentKey,
  start: Time,
  end: Time,
  duration: z.number(),
  bytes: z.number().int(),
  /** The engine found it after a crash and cut its torn tail. */
  recovered: z.boolean(),
  reason: z.enum([
    'rotated',
    'stopped',
    'source_lost',
    'format_changed',
    'shutdown',
    'killed',
    'storage_failed',
  ]),
});

/** SHA-256 of a closed file, of what the disk gives back; told some time after it was closed. */
export const SegmentHashed = z.object({
  kind: z.literal('segment.hashed'),
  ...SegmentKey,
  bytes: z.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A segment is no longer on disk though nobody asked: room was needed, or the file is gone. */
export const SegmentDeleted = z.object({
  kind: z.literal('segment.deleted'),
  ...SegmentKey,
  reason: z.enum(['storage_full', 'missing']),
});

/** Recording is wanted but not possible just now, or possible again. */
export const RecordingFact = z.object({
  kind: z.literal('recording.state'),
  stream_id: StreamId,
  state: z.enum(['recording', 'waiting', 'stopped', 'failed']),
  at: Time,
  fault: StreamFault.optional(),
  message: z.string().optional(),
});

/** A thing came, is still there, or is gone. */
export const ObjectFact = z.object({
  kind: z.literal('object.state'),
  stream_id: StreamId,
  phase: z.enum(['started', 'updated', 'ended']),
  ...SeenObject.shape,
  at: z.iso.datetime(),
  /** When it was seen first. */
  since: z.iso.datetime(),
  /** The picture in which it was seen best. */
  best: z.object({ at: z.iso.datetime(), score: z.number(), box: ObjectBox }),
});
export type ObjectFact = z.infer<typeof ObjectFact>;

export const Fact = z.discriminatedUnion('kind', [
  StateFact,
  CertificateFact,
  SegmentOpened,
  SegmentGrown,
  SegmentClosed,
  SegmentHashed,
  SegmentDeleted,
  RecordingFact,
  ObjectFact,
  PushFact,
  ViewerOpened,
  ViewerClosed,
  ConsumerStateFact,
]);
export type Fact = z.infer<typeof Fact>;

/** Sampled every 2 s, not acknowledged, never queued. */
export const MetricsSample = z.object({ stream_id: StreamId, metrics: StreamMetrics });
export type MetricsSample = z.infer<typeof MetricsSample>;
