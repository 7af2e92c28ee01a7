import {
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookDeliveryParams,
  WebhookDeliveryQuery,
  WebhookParams,
} from '@nightjar/contract/partner';
import type { App } from '../../../kernel/index.ts';
import { callerOf } from '../captures.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { pageOf } from '../streams/present.ts';
import { shownDelivery } from './present.ts';

const tags = ['partner webhooks'];
const config = { access: { scope: 'streams:read', object: 'listing' } } as const;

/** What was sent to a webhook, and sending it again. */
export function deliveryRoutes(app: App, { webhooks }: PartnerRooms): void {
  app.get('/v2/webhooks/:webhook_id/deliveries', {
    config,
    schema: {
      tags,
      summary: 'List what was sent to a webhook in the last 30 days, the newest first',
      params: WebhookParams,
      querystring: WebhookDeliveryQuery,
      response: { 200: WebhookDeliveryList, ...errorAnswers },
    },
    handler: async (request) => {
      const page = pageOf(request.query);
      const { state } = request.query;
      const asked = { ...page, state };
      const found = await webhooks.deliveries(callerOf(request), request.params.webhook_id, asked);
      return { deliveries: found.deliveries.map(shownDelivery), total: found.total, ...page };
    },
  });

  app.post('/v2/webhooks/:webhook_id/deliveries/:delivery_id/replay', {
    config,
    schema: {
      tags,
      summary: 'Send something again, whatever became of it',
      params: WebhookDeliveryParams,
      response: { 202: WebhookDelivery, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { webhook_id: id, delivery_id: delivery } = request.params;
      const again = await webhooks.replay(callerOf(request), id, delivery);
      return reply.code(202).send(shownDelivery(again));
    },
  });
}
