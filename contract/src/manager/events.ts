import { z } from 'zod';
import { Tier } from '../footage/index.ts';
import { SeenObject } from '../inference.ts';
import { PushState } from '../push.ts';
import { Fingerprint, StreamFault, StreamId, StreamState } from '../stream.ts';
import { ViewerEnd, ViewerProtocol } from '../viewer.ts';
import { Figure } from './common.ts';

const stamp = { timestamp: z.iso.datetime() };
/** Ids only rise, across restarts too. */
const numbered = { id: z.int(), ...stamp };
const ofStream = { ...numbered, stream_id: StreamId };
const ofSegment = {
  ...ofStream,
  filename: z.string().describe('`/recordings/{stream_id}/{filename}`'),
};
const ofViewer = {
  ...ofStream,
  viewer_id: z.string(),
  protocol: ViewerProtocol,
  who: z.string().describe('`kind:id` of the principal.'),
  address: z.string().describe('Network address; empty when unknown.'),
};
const ofConsumer = { consumer_id: z.string(), who: ofViewer.who };
const Failure = { error: z.string(), fault: StreamFault };

const ofJob = {
  ...numbered,
  job_id: z.string(),
  kind: z.string(),
  owner: z.string().describe('`kind:id` of the principal.'),
};
const aboutJob = <T extends string>(type: T) => z.object({ type: z.literal(type), ...ofJob });
const aboutBookmark = <T extends string>(type: T) =>
  z.object({ type: z.literal(type), ...ofStream, bookmark_id: z.string() });
const aboutSnapshot = <T extends string>(type: T) =>
  z.object({ type: z.literal(type), ...ofStream, snapshot_id: z.string() });

const inState = <T extends string>(type: T) =>
  z.object({ type: z.literal(type), ...ofStream, state: StreamState });
const plain = <T extends string>(type: T) => z.object({ type: z.literal(type), ...ofStream });
const ofSystem = <T extends string>(type: T) => z.object({ type: z.literal(type), ...numbered });

/** Of a camera, and of the installation. */
const aboutAlert = <T extends string>(type: T) => plain(type).extend({ alert_id: z.string() });
const ofAlert = <T extends string>(type: T) => ofSystem(type).extend({ alert_id: z.string() });

/** A thing that a network follows through a stream's pictures. */
const aboutObject = <T extends string>(type: T) =>
  plain(type).extend({
    ...SeenObject.shape,
    since: z.iso.datetime().describe('When it was seen first.'),
    best: z
      .object({ at: z.iso.datetime(), score: z.number(), box: SeenObject.shape.box })
      .describe('The picture in which it was seen best.'),
  });

/** What happened, each with its number; kept for those that ask for what they missed. */
export const ManagerEvent = z
  .discriminatedUnion('type', [
    plain('stream.created'),
    plain('stream.updated'),
    plain('stream.removed'),
    inState('stream.connecting'),
    inState('stream.ready'),
    inState('stream.started'),
    inState('stream.stopped'),
    inState('stream.error').extend(Failure),
    plain('stream.certificate_pinned').extend({ fingerprint: Fingerprint }),
    plain('stream.certificate_changed').extend({ fingerprint: Fingerprint }),
    z.object({ type: z.literal('recording.started'), ...ofSegment }),
    plain('recording.waiting'),
    plain('recording.paused'),
    plain('recording.stopped'),
    plain('recording.failed').extend(Failure),
    z.object({ type: z.literal('segment.opened'), ...ofSegment, start: z.iso.datetime() }),
    z.object({
      type: z.literal('segment.closed'),
      ...ofSegment,
      start: z.iso.datetime(),
      end: z.iso.datetime(),
      duration: z.number().describe('Seconds.'),
      size: z.int().describe('Bytes.'),
      reason: z.string(),
    }),
    z.object({
      type: z.literal('segment.deleted'),
      ...ofSegment,
      reason: z.string(),
      size: z.int().optional().describe('Bytes that are free again.'),
    }),
    z.object({
      type: z.literal('segment.moved'),
      ...ofSegment,
      from: Tier,
      to: Tier,
      size: z.int().describe('Bytes.'),
    }),
    plain('push.state').extend({
      push_id: z.string(),
      state: PushState,
      error: z.string().optional(),
      fault: StreamFault.optional(),
    }),
    z.object({ type: z.literal('viewer.joined'), ...ofViewer }),
    z.object({
      type: z.literal('viewer.left'),
      ...ofViewer,
      bytes: z.int().describe('Sent to it.'),
      dropped: z.int().describe('Frames left out because it did not keep up.'),
      duration: z.number().describe('Seconds.'),
      reason: ViewerEnd,
    }),
    plain('consumer.connected').extend(ofConsumer),
    plain('consumer.closed').extend({ ...ofConsumer, reason: z.string() }),
    plain('camera.notice').extend({
      kind: z.enum(['state', 'change']).describe('`state`: how it was when we began to listen.'),
      topic: z.string().describe('For example `RuleEngine/CellMotionDetector/Motion`.'),
      source: z.record(z.string(), z.string()),
      data: z.record(z.string(), z.string()),
    }),
    aboutObject('detection.started'),
    aboutObject('detection.updated'),
    aboutObject('detection.ended'),
    plain('camera.events_on'),
    plain('camera.events_lost').extend({ error: z.string() }),
    aboutBookmark('bookmark.created'),
    aboutBookmark('bookmark.ready'),
    aboutBookmark('bookmark.failed'),
    aboutBookmark('bookmark.updated'),
    aboutBookmark('bookmark.removed'),
    aboutSnapshot('snapshot.created'),
    aboutSnapshot('snapshot.ready'),
    aboutSnapshot('snapshot.failed'),
    aboutSnapshot('snapshot.removed'),
    aboutJob('job.started'),
    aboutJob('job.completed'),
    aboutJob('job.failed'),
    aboutJob('job.cancelled'),
    aboutAlert('alert.opened'),
    aboutAlert('alert.acknowledged'),
    aboutAlert('alert.resolved'),
    ofAlert('system.alert_opened'),
    ofAlert('system.alert_acknowledged'),
    ofAlert('system.alert_resolved'),
    ofSystem('system.engine_here'),
    ofSystem('system.engine_away'),
    ofSystem('system.state_restored'),
    ofSystem('system.config_reloaded').extend({ keys: z.array(z.string()) }),
  ])
  .meta({
    id: 'ManagerEvent',
    examples: [
      {
        type: 'stream.started',
        id: 4_000_000_007,
        stream_id: 'camera-1',
        state: 'live',
        timestamp: '2024-01-15T10:30:00.000Z',
      },
    ],
  });
export type ManagerEvent = z.infer<typeof ManagerEvent>;

/** Figures of one stream, every 2 s; they have no number and are not kept. */
export const MetricsEvent = z.object({
  type: z.literal('metrics.update'),
  stream_id: StreamId,
  metrics: z.object({ bitrate: Figure, framerate: Figure, packets_lost: Figure }),
  ...stamp,
});
export type MetricsEvent = z.infer<typeof MetricsEvent>;

/** What a network sees in a stream now, picture by picture; they have no number and are not kept. */
export const BoxesEvent = z.object({
  type: z.literal('detection.boxes'),
  stream_id: StreamId,
  objects: z.array(SeenObject),
  ...stamp,
});
export type BoxesEvent = z.infer<typeof BoxesEvent>;

/** Every type a client may ask for; `group.*` asks for a whole group. */
export const EVENT_TYPES: readonly string[] = [
  ...ManagerEvent.options.map((option) => option.shape.type.value),
  'metrics.update',
  'detection.boxes',
];
const GROUPS = new Set(EVENT_TYPES.map((type) => `${type.split('.')[0]}.*`));

const EventType = z
  .string()
  .refine((text) => EVENT_TYPES.includes(text) || GROUPS.has(text), 'is no type of event')
  .describe(`One of ${[...GROUPS, ...EVENT_TYPES].join(', ')}`);

const listed = (item: z.ZodType<string, string>) =>
  z
    .string()
    .max(8_192)
    .transform((text) => text.split(','))
    .pipe(z.array(item).max(500));

/** What the address of the event socket may say. */
export const EventsQuery = z.strictObject({
  streams: listed(StreamId).optional().describe('Comma-separated ids; what concerns no stream comes anyway.'),
  types: listed(EventType).optional().describe('Comma-separated types.'),
  since: z.coerce.number().int().min(0).optional().describe('Id after which events are sent again.'),
  ticket: z.string().max(128).optional().describe('From `POST /api/events/ticket`.'),
  token: z
    .string()
    .max(4_096)
    .optional()
    .meta({ deprecated: true })
    .describe('An API token, for clients that can say it nowhere else. It may end up in logs of others.'),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** What a client may say over the event socket. */
export const ClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auth'), token: z.string().min(1).max(4_096) }),
  z.strictObject({
    type: z.literal('subscribe'),
    streams: z.array(StreamId).max(500).optional(),
    types: z.array(EventType).max(500).optional(),
    since: z.int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal('ping') }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** What the socket says of itself, beside events and errors. */
export type SocketMessage =
  | { type: 'auth.ok' }
  /** Events follow; everything up to `last_id` has been sent or was not asked for. */
  | { type: 'events.ready'; last_id: number }
  /** Events after `since` and before `oldest_id` can no longer be sent. */
  | { type: 'events.gap'; since: number; oldest_id: number }
  | { type: 'events.subscribed'; streams: string[] | null; types: string[] | null }
  | { type: 'pong' };

export const EventTicket = z
  .object({ ticket: z.string(), expires_in: z.int().describe('Seconds; it opens one socket, once.') })
  .meta({ id: 'EventTicket', examples: [{ ticket: 'nt_Jc1…', expires_in: 30 }] });
