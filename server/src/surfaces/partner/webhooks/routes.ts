import {
  PartnerPage,
  PartnerWebhook,
  PartnerWebhookList,
  WebhookCreate,
  WebhookCreated,
  WebhookParams,
  WebhookTested,
  WebhookUpdate,
} from '@nightjar/contract/partner';
import { z } from 'zod';
import { type App, defined } from '../../../kernel/index.ts';
import { callerOf } from '../captures.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { pageOf } from '../streams/present.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { tellWebhooks } from './news.ts';
import { shownWebhook } from './present.ts';

const tags = ['partner webhooks'];
const config = { access: { scope: 'streams:read', object: 'listing' } } as const;

/** Webhooks of partners: each is its maker's alone, and tells nothing that they might not ask for. */
export function webhookRoutes(app: App, rooms: PartnerRooms): void {
  const leave = tellWebhooks(rooms);
  app.addHook('onClose', async () => leave());
  readRoutes(app, rooms);
  makingRoutes(app, rooms);
  changeRoutes(app, rooms);
  deliveryRoutes(app, rooms);
}

function readRoutes(app: App, { webhooks }: PartnerRooms): void {
  app.get('/v2/webhooks', {
    config,
    schema: {
      tags,
      summary: "List one's own webhooks, or with `config:write` everybody's",
      querystring: z.strictObject(PartnerPage),
      response: { 200: PartnerWebhookList, ...errorAnswers },
    },
    handler: async (request) => {
      const { limit, offset } = pageOf(request.query);
      const found = await webhooks.list(callerOf(request));
      const page = found.slice(offset, offset + limit).map(shownWebhook);
      return { webhooks: page, total: found.length, limit, offset };
    },
  });

  app.get('/v2/webhooks/:webhook_id', {
    config,
    schema: {
      tags,
      summary: 'Get a webhook',
      params: WebhookParams,
      response: { 200: PartnerWebhook, ...errorAnswers },
    },
    handler: async (request) =>
      shownWebhook(await webhooks.get(callerOf(request), request.params.webhook_id)),
  });
}

function makingRoutes(app: App, { webhooks }: PartnerRooms): void {
  app.post('/v2/webhooks', {
    config,
    schema: {
      tags,
      summary: 'Create a webhook; its secret is shown this once',
      body: WebhookCreate,
      response: { 201: WebhookCreated, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { webhook, secret } = await webhooks.create(callerOf(request), request.body);
      return reply
        .code(201)
        .header('location', `/v2/webhooks/${webhook.id}`)
        .send({ ...shownWebhook(webhook), secret });
    },
  });

  app.post('/v2/webhooks/:webhook_id/rotate', {
    config,
    schema: {
      tags,
      summary: 'Give a webhook a new secret; the old one signs nothing more',
      params: WebhookParams,
      response: { 200: WebhookCreated, ...errorAnswers },
    },
    handler: async (request) => {
      const { webhook, secret } = await webhooks.rotate(callerOf(request), request.params.webhook_id);
      return { ...shownWebhook(webhook), secret };
    },
  });
}

function changeRoutes(app: App, { webhooks }: PartnerRooms): void {
  app.put('/v2/webhooks/:webhook_id', {
    config,
    schema: {
      tags,
      summary: 'Change a webhook',
      params: WebhookParams,
      body: WebhookUpdate,
      response: { 200: PartnerWebhook, ...errorAnswers },
    },
    handler: async (request) => {
      const { webhook_id: id } = request.params;
      return shownWebhook(await webhooks.update(callerOf(request), id, defined(request.body)));
    },
  });

  app.post('/v2/webhooks/:webhook_id/test', {
    config,
    schema: {
      tags,
      summary: 'Call a webhook now, and say what became of it',
      params: WebhookParams,
      response: { 200: WebhookTested, ...errorAnswers },
    },
    handler: (request) => webhooks.test(callerOf(request), request.params.webhook_id),
  });

  app.delete('/v2/webhooks/:webhook_id', {
    config,
    schema: {
      tags,
      summary: 'Delete a webhook, and what is still to be sent to it',
      params: WebhookParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await webhooks.remove(callerOf(request), request.params.webhook_id);
      return reply.code(204).send();
    },
  });
}
