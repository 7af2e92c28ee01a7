import {
  Channel,
  ChannelCreated,
  ChannelList,
  ChannelTested,
  CreateChannel,
  Delivery,
  DeliveryList,
  DeliveryParams,
  IdParams,
  Page,
  UpdateChannel,
  WebPushKey,
} from '@nightjar/contract/platform';
import { z } from 'zod';
import type { Channels, ChannelView } from '../../../alerts/notifications/index.ts';
import type { App } from '../../../kernel/index.ts';
import { caller, defined, pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const config = { access: { scope: 'alerts:write', object: 'listing' } } as const;
const tags = ['notification channels'];
const answers = { 200: Channel, ...errorAnswers };

const shownChannel = ({ channel, shown }: ChannelView) => ({
  ...{ id: channel.id, name: channel.name, kind: channel.kind, enabled: channel.enabled },
  settings: shown,
  ...{ owner: channel.owner, created_at: channel.createdAt, updated_at: channel.updatedAt },
});

type Logged = Awaited<ReturnType<Channels['replay']>>;
const shownDelivery = ({ delivery, title }: Logged) => ({
  ...{ id: delivery.id, state: delivery.state, attempts: delivery.attempts, title },
  created_at: delivery.createdAt,
  next_at: delivery.state === 'pending' ? delivery.nextAt : null,
  delivered_at: delivery.deliveredAt,
  detail: delivery.detail,
});

function readRoutes(app: App, { channels, pushPublicKey }: PlatformRooms): void {
  app.get('/api/v1/notification-channels', {
    config,
    schema: {
      tags,
      summary: 'List notification channels: one’s own, or all with config:write',
      querystring: Page,
      response: { 200: ChannelList, ...errorAnswers },
    },
    handler: async ({ query, principal }) =>
      pageOf((await channels.list(caller(principal))).map(shownChannel), query),
  });

  app.get('/api/v1/notification-channels/:id', {
    config,
    schema: { tags, summary: 'Get a notification channel', params: IdParams, response: answers },
    handler: async ({ params, principal }) => shownChannel(await channels.get(caller(principal), params.id)),
  });

  app.get('/api/v1/web-push/key', {
    config: { access: 'self' },
    schema: {
      tags,
      summary: 'Get the key that a browser subscribes with',
      response: { 200: WebPushKey, ...errorAnswers },
    },
    handler: () => ({ public_key: pushPublicKey }),
  });
}

function changeRoutes(app: App, { channels }: PlatformRooms): void {
  app.post('/api/v1/notification-channels', {
    config,
    schema: {
      tags,
      summary: 'Create a notification channel; its secrets are not shown again',
      body: CreateChannel,
      response: { 201: ChannelCreated, ...errorAnswers },
    },
    handler: async ({ body, principal }, reply) => {
      const { secret, ...view } = await channels.create(caller(principal), body);
      return reply.code(201).send({ ...shownChannel(view), secret });
    },
  });

  app.put('/api/v1/notification-channels/:id', {
    config,
    schema: {
      tags,
      summary: 'Update a notification channel',
      params: IdParams,
      body: UpdateChannel,
      response: answers,
    },
    handler: async ({ params, body, principal }) =>
      shownChannel(await channels.update(caller(principal), params.id, defined(body))),
  });

  app.delete('/api/v1/notification-channels/:id', {
    config,
    schema: {
      tags,
      summary: 'Delete a notification channel and its log',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params, principal }, reply) => {
      await channels.remove(caller(principal), params.id);
      return reply.code(204).send();
    },
  });
}

/** How people and programs are reached. */
export function channelRoutes(app: App, rooms: PlatformRooms): void {
  const { channels } = rooms;
  readRoutes(app, rooms);
  changeRoutes(app, rooms);

  app.post('/api/v1/notification-channels/:id/test', {
    config,
    schema: {
      tags,
      summary: 'Send a test now, and say what became of it',
      params: IdParams,
      response: { 200: ChannelTested, ...errorAnswers },
    },
    handler: ({ params, principal }) => channels.test(caller(principal), params.id),
  });

  app.get('/api/v1/notification-channels/:id/deliveries', {
    config,
    schema: {
      tags,
      summary: 'List what was sent to a channel, newest first',
      params: IdParams,
      querystring: Page,
      response: { 200: DeliveryList, ...errorAnswers },
    },
    handler: async ({ params, query, principal }) => {
      const { deliveries, total } = await channels.deliveries(caller(principal), params.id, query);
      const { limit, offset } = query;
      return { items: deliveries.map(shownDelivery), total, limit, offset };
    },
  });

  app.post('/api/v1/notification-channels/:id/deliveries/:delivery/replay', {
    config,
    schema: {
      tags,
      summary: 'Send something again',
      params: DeliveryParams,
      response: { 202: Delivery, ...errorAnswers },
    },
    handler: async ({ params, principal }, reply) => {
      const again = await channels.replay(caller(principal), params.id, params.delivery);
      return reply.code(202).send(shownDelivery(again));
    },
  });
}
