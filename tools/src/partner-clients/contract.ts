import * as partner from '@nightjar/contract/partner';
import { z } from 'zod';
import type { Named, Shape } from './shape.ts';

/** What clients send; lists are asked for page by page, which is the client's own business. */
const SENT = {
  PartnerStreamCreate: partner.PartnerStreamCreate,
  BookmarkCreate: partner.BookmarkCreate,
  BookmarkUpdate: partner.BookmarkUpdate,
  SnapshotCreate: partner.SnapshotCreate,
  WebhookCreate: partner.WebhookCreate,
  WebhookUpdate: partner.WebhookUpdate,
  PartnerStreamQuery: partner.PartnerStreamQuery,
  PartnerBookmarkQuery: partner.PartnerBookmarkQuery,
  PartnerSnapshotQuery: partner.PartnerSnapshotQuery,
  WebhookDeliveryQuery: partner.WebhookDeliveryQuery,
};
const ANSWERED = {
  PartnerStream: partner.PartnerStream,
  PartnerStreamHealth: partner.PartnerStreamHealth,
  PartnerBookmark: partner.PartnerBookmark,
  PartnerSnapshot: partner.PartnerSnapshot,
  PartnerConsumer: partner.PartnerConsumer,
  PartnerWebhook: partner.PartnerWebhook,
  WebhookCreated: partner.WebhookCreated,
  PartnerEvent: partner.PartnerEvent,
  WebhookDelivery: partner.WebhookDelivery,
  WebhookTested: partner.WebhookTested,
};
const PAGE: ReadonlySet<string> = new Set(Object.keys(partner.PartnerPage));

/** Those of a list, and before each what it names. */
function shapesOf(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Named[] {
  const found = new Map<string, Shape>();
  for (const [name, schema] of Object.entries(schemas)) {
    const { $defs = {}, ...shape } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Shape & {
      $defs?: Record<string, Shape>;
    };
    for (const [inner, named] of Object.entries($defs))
      if (inner !== name && !found.has(inner)) found.set(inner, withoutPage(named));
    if (!found.has(name)) found.set(name, withoutPage(shape.$ref ? $defs[name]! : shape));
  }
  return [...found].map(([name, shape]) => ({ name, shape }));
}

function withoutPage(shape: Shape): Shape {
  if (!shape.properties) return shape;
  const kept = Object.entries(shape.properties).filter(([name]) => !PAGE.has(name));
  return { ...shape, properties: Object.fromEntries(kept) };
}

/** The shapes of the partners' API that its clients name. */
export const contractShapes = (): { sent: Named[]; answered: Named[] } => ({
  sent: shapesOf(SENT, 'input'),
  answered: shapesOf(ANSWERED, 'output'),
});
