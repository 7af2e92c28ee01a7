import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { PartnerPageFacts } from './streams.ts';

/** What mediasoup-client makes or takes passes through as it is: its names and its case. */
const Opaque = z.record(z.string(), z.unknown());

const either = <T extends z.ZodType>(name: string, other: string, shape: T) =>
  z
    .strictObject({ [name]: shape.optional(), [other]: shape.optional() })
    .refine((body) => (body[name] === undefined) !== (body[other] === undefined), {
      message: `give ${name}`,
      path: [name],
    });

/** `rtp_capabilities` or `rtpCapabilities`: those of the client's `Device`. */
export const ConsumeBody = either('rtp_capabilities', 'rtpCapabilities', Opaque).meta({ id: 'ConsumeBody' });

/** `dtls_parameters` or `dtlsParameters`: what the transport's `connect` event gives. */
export const ConnectBody = either('dtls_parameters', 'dtlsParameters', Opaque).meta({ id: 'ConnectBody' });

export const CandidateBody = z
  .strictObject({ candidate: z.union([z.string().max(1024), Opaque]) })
  .meta({ id: 'CandidateBody' });

export const ConsumerParams = z.strictObject({
  stream_id: StreamId,
  consumer_id: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
});

const PartnerConsumerState = z.enum(['CONNECTING', 'CONNECTED', 'CLOSED']);

export const ConsumeAnswer = z
  .object({
    consumer_id: z.string(),
    state: PartnerConsumerState,
    transport: z.object({
      id: z.string(),
      iceParameters: Opaque,
      iceCandidates: z.array(Opaque),
      dtlsParameters: Opaque,
    }),
    producer_id: z.string().nullable().describe('Of the picture; null when the client can show none.'),
    kind: z.enum(['audio', 'video']).nullable(),
    rtp_parameters: Opaque.nullable(),
    consumers: z
      .array(
        z.object({
          id: z.string(),
          producerId: z.string(),
          kind: z.enum(['audio', 'video']),
          rtpParameters: Opaque,
        }),
      )
      .describe('Every track, the picture first: what `transport.consume` takes.'),
    left_out: z
      .array(z.object({ codec: z.string(), reason: z.string() }))
      .describe('Tracks the client is not sent, and why.'),
  })
  .meta({ id: 'ConsumeAnswer' });

export const PartnerConsumer = z.object({
  id: z.string(),
  stream_id: StreamId,
  state: PartnerConsumerState,
  created_at: z.iso.datetime(),
  connected_at: z.iso.datetime().nullable(),
  closed_at: z.iso.datetime().nullable(),
  last_seen_at: z.iso.datetime(),
  reason: z.string().nullable().describe('Why it is closed.'),
  bytes_sent: z.int(),
});

export const PartnerConsumerList = z
  .object({ consumers: z.array(PartnerConsumer), ...PartnerPageFacts })
  .meta({ id: 'PartnerConsumerList' });

export const RtpCapabilitiesAnswer = z
  .object({ codecs: z.array(Opaque), headerExtensions: z.array(Opaque) })
  .meta({ id: 'RtpCapabilities', description: 'What `Device.load` of mediasoup-client takes.' });
