import { PartnerEvent, type PartnerWebhook } from '@nightjar/contract/partner';
import type { Delivery } from '../../../events/outbox/index.ts';
import type { Webhook } from '../../../events/webhooks/index.ts';

/** A webhook in S4's manner. */
export const shownWebhook = (webhook: Webhook): PartnerWebhook => ({
  id: webhook.id,
  url: webhook.urlShown,
  events: [...webhook.events],
  description: webhook.description,
  enabled: webhook.enabled,
  disabled_reason: webhook.disabledReason,
  created_by_principal: webhook.owner,
  created_at: webhook.createdAt,
  updated_at: webhook.updatedAt,
});

export const shownDelivery = (delivery: Delivery) => ({
  ...{ id: delivery.id, state: delivery.state, attempts: delivery.attempts },
  created_at: delivery.createdAt,
  next_at: delivery.state === 'pending' ? delivery.nextAt : null,
  delivered_at: delivery.deliveredAt,
  detail: delivery.detail,
  event: PartnerEvent.parse(JSON.parse(delivery.payload)),
});
