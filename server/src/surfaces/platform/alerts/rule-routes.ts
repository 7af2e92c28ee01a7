import {
  AlertRule,
  AlertRuleList,
  CreateAlertRule,
  IdParams,
  Page,
  UpdateAlertRule,
} from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AlertRule as Rule } from '../../../alerts/index.ts';
import type { App } from '../../../kernel/index.ts';
import { caller, pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const config = { access: { scope: 'alerts:write', object: 'listing' } } as const;
const tags = ['alert rules'];
const answers = { 200: AlertRule, ...errorAnswers };

const shown = ({ id, owner, settings, createdAt, updatedAt }: Rule) => ({
  ...{ id, owner, ...settings },
  created_at: createdAt,
  updated_at: updatedAt,
});

function changeRoutes(app: App, { alertRules }: PlatformRooms): void {
  app.post('/api/v1/alert-rules', {
    config,
    schema: {
      tags,
      summary: 'Create an alert rule',
      body: CreateAlertRule,
      response: { 201: AlertRule, ...errorAnswers },
    },
    handler: async ({ body, principal }, reply) =>
      reply.code(201).send(shown(await alertRules.create(caller(principal), body))),
  });

  app.put('/api/v1/alert-rules/:id', {
    config,
    schema: {
      tags,
      summary: 'Update an alert rule',
      params: IdParams,
      body: UpdateAlertRule,
      response: answers,
    },
    handler: async ({ params, body, principal }) =>
      shown(await alertRules.update(caller(principal), params.id, body)),
  });

  app.delete('/api/v1/alert-rules/:id', {
    config,
    schema: {
      tags,
      summary: 'Delete an alert rule; what it saw is over',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params, principal }, reply) => {
      await alertRules.remove(caller(principal), params.id);
      return reply.code(204).send();
    },
  });
}

/** What people want to be told of. */
export function alertRuleRoutes(app: App, rooms: PlatformRooms): void {
  const { alertRules } = rooms;
  changeRoutes(app, rooms);

  app.get('/api/v1/alert-rules', {
    config,
    schema: {
      tags,
      summary: 'List alert rules: one’s own, or all with config:write',
      querystring: Page,
      response: { 200: AlertRuleList, ...errorAnswers },
    },
    handler: async ({ query, principal }) =>
      pageOf((await alertRules.list(caller(principal))).map(shown), query),
  });

  app.get('/api/v1/alert-rules/:id', {
    config,
    schema: { tags, summary: 'Get an alert rule', params: IdParams, response: answers },
    handler: async ({ params, principal }) => shown(await alertRules.get(caller(principal), params.id)),
  });
}
