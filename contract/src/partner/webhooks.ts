import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { PartnerBookmark } from './bookmarks.ts';
import { PartnerSnapshot } from './snapshots.ts';
import { PartnerPage, PartnerPageFacts, PartnerState } from './streams.ts';

/** What a webhook may be told of: what came of one's own captures and consumers, and how streams are. */
export const PartnerEventType = z.enum([
  'bookmark.ready',
  'bookmark.failed',
  'snapshot.ready',
  'snapshot.failed',
  'consumer.connected',
  'consumer.closed',
  'stream.state',
]);
export type PartnerEventType = z.infer<typeof PartnerEventType>;

const stamp = {
  id: z.string().describe('The same whenever it is sent again.'),
  created_at: z.iso.datetime(),
};
const ofStream = { ...stamp, stream_id: StreamId };
const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), ...ofStream, data });

/** A consumer that has become another. */
const ToldConsumer = z.object({
  id: z.string(),
  state: z.enum(['CONNECTED', 'CLOSED']),
  reason: z.string().nullable().describe('Why it is closed.'),
});

/** The body of a call to a webhook. */
export const PartnerEvent = z
  .discriminatedUnion('type', [
    event('bookmark.ready', PartnerBookmark),
    event('bookmark.failed', PartnerBookmark),
    event('snapshot.ready', PartnerSnapshot),
    event('snapshot.failed', PartnerSnapshot),
    event('consumer.connected', ToldConsumer),
    event('consumer.closed', ToldConsumer),
    event('stream.state', z.object({ state: PartnerState })),
    z.object({ type: z.literal('webhook.test'), ...stamp }),
  ])
  .meta({
    id: 'PartnerEvent',
    examples: [
      {
        type: 'stream.state',
        id: 'event-5b1d7c9e02f4a683',
        created_at: '2024-01-15T10:30:00.000Z',
        stream_id: 'front-door',
        data: { state: 'LIVE' },
      },
    ],
  });
export type PartnerEvent = z.infer<typeof PartnerEvent>;

const Url = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .describe('Public ones in HTTPS; others when an administrator has listed them in `network.allow`.');
const EventTypes = z.array(PartnerEventType).min(1).max(50);
const Description = z.string().trim().max(200);

export const WebhookCreate = z
  .strictObject({
    url: Url,
    events: EventTypes.default([...PartnerEventType.options]),
    description: Description.default(''),
    enabled: z.boolean().default(true),
  })
  .meta({
    id: 'WebhookCreate',
    examples: [{ url: 'https://ruth.example/nightjar', events: ['bookmark.ready', 'bookmark.failed'] }],
  });

export const WebhookUpdate = z
  .strictObject({ url: Url, events: EventTypes, description: Description, enabled: z.boolean() })
  .partial()
  .meta({ id: 'WebhookUpdate' });

export const PartnerWebhook = z
  .object({
    id: z.string(),
    url: z.string().describe('Without its user part, and without what stands behind `?`.'),
    events: z.array(PartnerEventType),
    description: z.string(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable().describe('Why it was disabled, where nobody did it.'),
    created_by_principal: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'PartnerWebhook' });
export type PartnerWebhook = z.infer<typeof PartnerWebhook>;

export const WebhookCreated = PartnerWebhook.extend({
  secret: z.string().describe('Signs each call. Shown this once.'),
}).meta({ id: 'WebhookCreated' });

export const PartnerWebhookList = z
  .object({ webhooks: z.array(PartnerWebhook), ...PartnerPageFacts })
  .meta({ id: 'PartnerWebhookList' });

const Id = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);
export const WebhookParams = z.strictObject({ webhook_id: Id });
export const WebhookDeliveryParams = z.strictObject({ webhook_id: Id, delivery_id: Id });

const DeliveryState = z.enum(['pending', 'delivered', 'failed']);

export const WebhookDelivery = z
  .object({
    id: z.string(),
    state: DeliveryState,
    attempts: z.int(),
    created_at: z.iso.datetime(),
    next_at: z.iso.datetime().nullable().describe('When it is tried again.'),
    delivered_at: z.iso.datetime().nullable(),
    detail: z.string().nullable().describe('What the other side or the network said last.'),
    event: PartnerEvent,
  })
  .meta({ id: 'WebhookDelivery' });

export const WebhookDeliveryList = z
  .object({ deliveries: z.array(WebhookDelivery), ...PartnerPageFacts })
  .meta({ id: 'WebhookDeliveryList' });

export const WebhookDeliveryQuery = z.strictObject({ state: DeliveryState.optional(), ...PartnerPage });

export const WebhookTested = z
  .object({ delivered: z.boolean(), detail: z.string() })
  .meta({ id: 'WebhookTested' });
