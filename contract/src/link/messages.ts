import { z } from 'zod';
import { SeenObject } from '../inference.ts';
import { StreamId, StreamState, TrackFact, Transport } from '../stream.ts';
import { PublicHalf } from './credentials/originals.ts';
import { DesiredState } from './desired.ts';
import { ThereMessage, WhereMessage } from './distant-footage.ts';
import { Fact, MetricsSample } from './facts.ts';
import { ProbeCommand, ProbeReport } from './probe.ts';
import { PushFact } from './pushes.ts';
import { ViewerFact, ViewerSample } from './viewers.ts';

/** Raised when either side stops understanding the other. */
export const LINK_VERSION = 2;

/** First message of the engine: who it is and what it observes now. Replaces all the server believed. */
export const Hello = z.object({
  type: z.literal('hello'),
  version: z.number().int(),
  /** New at each start of the engine; fact numbers count within it. */
  epoch: z.string(),
  pid: z.number().int(),
  ports: z.object({
    rtsp: z.number().int(),
    rtmp: z.number().int().optional(),
    webrtc: z.number().int().optional(),
  }),
  streams: z.array(
    z.object({
      id: StreamId,
      state: StreamState,
      since: z.iso.datetime(),
      message: z.string().optional(),
      tracks: z.array(TrackFact),
      transport: Transport.optional(),
    }),
  ),
  /** Who watches now. */
  viewers: z.array(ViewerFact).optional(),
  /** How the pushes stand. */
  pushes: z.array(PushFact).optional(),
});
export type Hello = z.infer<typeof Hello>;

/** Facts, numbered from 1 within the epoch, sent again after a reconnect until acknowledged; in order. */
export const FactsMessage = z.object({
  type: z.literal('facts'),
  facts: z.array(z.object({ seq: z.number().int(), fact: Fact })),
});
export const MetricsMessage = z.object({
  type: z.literal('metrics'),
  samples: z.array(MetricsSample),
  viewers: z.array(ViewerSample).optional(),
  /** Milliseconds by which 99 of 100 rounds of the engine's event loop were late at most, in the last minute. */
  loop_delay: z.number().optional(),
});
export const Reply = z.object({
  type: z.literal('reply'),
  id: z.number().int(),
  ok: z.boolean(),
  error: z.string().optional(),
  /** The answer to `probe`. */
  probe: ProbeReport.optional(),
});

/**
 * May the bearer of this token, shown at one of the engine's own listeners, or of this ticket's grant watch the
 * stream? Asked at the beginning, and again while somebody watches.
 */
export const AuthorizeMessage = z.object({
  type: z.literal('authorize'),
  id: z.number().int(),
  stream_id: StreamId,
  token: z.string().max(4096),
});

/** What a file needs to be opened: the key of a recorded original, for one request of who shows this grant. */
export const UnsealMessage = z.object({
  type: z.literal('unseal'),
  id: z.number().int(),
  stream_id: StreamId,
  filename: z.string(),
  /** Of the pair for which it was sealed. */
  key_id: z.string(),
  /** The file's own public half. */
  ephemeral: PublicHalf,
  grant: z.string().max(4096),
});

/** What is seen now; not acknowledged, never queued. */
export const ObjectsMessage = z.object({
  type: z.literal('objects'),
  stream_id: StreamId,
  at: z.iso.datetime(),
  objects: z.array(SeenObject),
});
export type ObjectsMessage = z.infer<typeof ObjectsMessage>;

export const FromEngine = z.discriminatedUnion('type', [
  Hello,
  FactsMessage,
  MetricsMessage,
  ObjectsMessage,
  Reply,
  AuthorizeMessage,
  UnsealMessage,
  WhereMessage,
]);
export type FromEngine = z.infer<typeof FromEngine>;

export const DesiredMessage = z.object({ type: z.literal('desired'), desired: DesiredState });
/** Every fact up to and including `seq` is stored. */
export const Ack = z.object({ type: z.literal('ack'), seq: z.number().int() });
/** Asks for every segment on disk that began at or after `since` as `segment.*` facts, before the reply. */
export const InventoryCommand = z.object({
  type: z.literal('inventory'),
  id: z.number().int(),
  stream_id: StreamId,
  since: z.iso.datetime(),
});
/** Deletes footage; without filenames everything of the stream, open segment included. */
export const DeleteFootageCommand = z.object({
  type: z.literal('delete_footage'),
  id: z.number().int(),
  stream_id: StreamId,
  filenames: z.array(z.string()).optional(),
});

/** Something happened on a stream that is recorded around events: footage is kept up to so many seconds from now. */
export const KeepFootageMessage = z.object({
  type: z.literal('keep_footage'),
  stream_id: StreamId,
  seconds: z.number().min(0).max(3600),
});

/** The answer to `authorize`. */
export const VerdictMessage = z.object({
  type: z.literal('verdict'),
  id: z.number().int(),
  allowed: z.boolean(),
  /** Whose it is, as `kind:id`. */
  sub: z.string().optional(),
  /** They may see the original of a stream whose privacy is on. */
  unblurred: z.boolean().optional(),
});

/** The answer to `unseal`; without a key it stays shut. */
export const UnsealedMessage = z.object({
  type: z.literal('unsealed'),
  id: z.number().int(),
  /** Of AES-256-GCM, base64. */
  key: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/)
    .optional(),
});

export const ToEngine = z.discriminatedUnion('type', [
  DesiredMessage,
  Ack,
  VerdictMessage,
  UnsealedMessage,
  ThereMessage,
  InventoryCommand,
  DeleteFootageCommand,
  KeepFootageMessage,
  ProbeCommand,
]);
export type ToEngine = z.infer<typeof ToEngine>;

/** What a signed ticket for the engine's HTTP door says. */
export const DoorTicket = z.object({
  /** Stream the bearer may read. */
  stream_id: StreamId,
  /** Unix seconds after which the ticket is void. */
  exp: z.number().int(),
  /** Who watches, for viewer facts; never a secret. */
  sub: z.string(),
  /** Network address of the viewer, as the server sees it. */
  address: z.string().optional(),
  /** The bearer may see the original of a stream whose privacy is on. */
  unblurred: z.boolean().optional(),
  /** The bearer asks for recorded originals, and may. */
  originals: z.boolean().optional(),
  /** What the engine asks with whether the bearer may still watch; only the server can read it. */
  grant: z.string().max(4096).optional(),
});
export type DoorTicket = z.infer<typeof DoorTicket>;
