import { z } from 'zod';
import { StreamId } from '../stream.ts';

/**
 * The consume flow at the engine's door, under `/consume/{stream_id}` for bearers of a ticket of that stream.
 * What mediasoup-client makes or takes keeps its names and its case (RtpCapabilities, RtpParameters and so on).
 *
 * - `GET rtp-capabilities`: `RtpCapabilities` for `Device.load`
 * - `POST` `ConsumeRequest`: 201 `ConsumerOpened`
 * - `POST {consumer_id}/connect` `ConsumerConnect`: 204
 * - `POST {consumer_id}/ice-candidate` `ConsumerCandidate`: 204
 * - `DELETE {consumer_id}`: 204
 * - `GET`: `ConsumerList`
 */
const Parameters = z.record(z.string().max(64), z.union([z.string().max(256), z.number(), z.boolean()]));

const RtcpFeedback = z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() });

/** What a client's device can decode; fields that do not matter here are left out. */
export const RtpCapabilities = z.object({
  codecs: z
    .array(
      z.object({
        kind: z.enum(['audio', 'video']),
        mimeType: z.string().regex(/^(audio|video)\/[!-~]{1,40}$/i),
        preferredPayloadType: z.number().int().min(0).max(127),
        clockRate: z.number().int().min(1).max(1_000_000),
        channels: z.number().int().min(1).max(16).optional(),
        parameters: Parameters.default({}),
        rtcpFeedback: z.array(RtcpFeedback).max(32).default([]),
      }),
    )
    .max(128),
  headerExtensions: z
    .array(
      z.object({
        kind: z.enum(['audio', 'video']),
        uri: z.string().max(256),
        preferredId: z.number().int().min(1).max(255),
      }),
    )
    .max(64)
    .default([]),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

export const ConsumeRequest = z.object({ rtpCapabilities: RtpCapabilities });
export type ConsumeRequest = z.infer<typeof ConsumeRequest>;

/** A certificate's hash as `DtlsParameters` carries it. */
const Fingerprint = z.object({
  algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
  value: z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/i),
});

/** What the transport's `connect` event gives. The client begins the handshake: it may not insist on waiting. */
export const ConsumerConnect = z.object({
  dtlsParameters: z.object({
    role: z.enum(['auto', 'client']).default('auto'),
    fingerprints: z.array(Fingerprint).min(1).max(8),
  }),
});
export type ConsumerConnect = z.infer<typeof ConsumerConnect>;

/** Checked and then forgotten: the engine is ICE-lite and learns addresses from the client's own checks. */
export const ConsumerCandidate = z.object({
  candidate: z.union([
    z.string().max(1024),
    z.object({ candidate: z.string().max(1024) }).loose(),
    z.object({ ip: z.string().max(256), port: z.number().int().min(0).max(65_535) }).loose(),
  ]),
});

export const ConsumerState = z.enum(['CONNECTING', 'CONNECTED', 'CLOSED']);
export type ConsumerState = z.infer<typeof ConsumerState>;

/** One client's consumers, all on one transport. */
export const ConsumerFact = z.object({
  consumer_id: z.string(),
  stream_id: z.string(),
  state: ConsumerState,
  /** `kind:id` of who made it. */
  who: z.string(),
  created_at: z.iso.datetime(),
  connected_at: z.iso.datetime().nullable(),
  closed_at: z.iso.datetime().nullable(),
  last_seen_at: z.iso.datetime(),
  /** Why it is closed; null until then. */
  reason: z.string().nullable(),
  bytes_sent: z.number().int(),
});
export type ConsumerFact = z.infer<typeof ConsumerFact>;

/** A consumer has become another: connected when DTLS has finished, and closed once. What a dead engine had is not told. */
export const ConsumerStateFact = z.object({
  kind: z.literal('consumer.state'),
  consumer_id: z.string(),
  stream_id: StreamId,
  state: z.enum(['CONNECTED', 'CLOSED']),
  who: z.string(),
  at: z.iso.datetime(),
  /** Why it is closed. */
  reason: z.string().optional(),
});

/** Newest first is not promised; those that closed lately are among them. */
export const ConsumerList = z.object({ consumers: z.array(ConsumerFact) });

/** Objects in mediasoup's shape pass through as they are. */
const Opaque = z.record(z.string(), z.unknown());

export const ConsumerOpened = z.object({
  consumer_id: z.string(),
  state: ConsumerState,
  transport: z.object({
    id: z.string(),
    iceParameters: Opaque,
    iceCandidates: z.array(Opaque),
    dtlsParameters: Opaque,
  }),
  /** Video first. */
  consumers: z.array(
    z.object({
      id: z.string(),
      producerId: z.string(),
      kind: z.enum(['audio', 'video']),
      rtpParameters: Opaque,
    }),
  ),
  /** Tracks the client is not sent, and why. */
  left_out: z.array(z.object({ codec: z.string(), reason: z.string() })),
});
export type ConsumerOpened = z.infer<typeof ConsumerOpened>;
