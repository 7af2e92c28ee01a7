import { EventsQuery, EventTicket, ManagerEvent } from '@nightjar/contract/manager';
import { type OneTimeTickets, TICKET_SECONDS } from '../../../access/index.ts';
import { type App, cookieOf, credentialOf, DomainError, SESSION_COOKIE } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';

const config = { access: { scope: 'events:read', object: 'listing' } } as const;
const tags = ['events'];

/** What of the event socket is plain HTTP: its description, and tickets for it. */
export function eventRoutes(app: App, { tickets }: { tickets: OneTimeTickets }): void {
  app.get('/api/events', {
    config,
    schema: {
      tags,
      summary: 'Open a WebSocket of events',
      description: `The credential comes in the Authorization header, as a one-time ticket, or within 5 s as the
first message, {"type":"auth","token":"…"}. {"type":"subscribe","streams":[…],"types":[…],"since":ID} changes
what is sent. Every event but metrics.update has an id; events after ?since=ID are sent again as long as they
are kept, after events.gap where some are not. A peer that does not read is closed with 1013.`,
      querystring: EventsQuery,
      response: { 101: ManagerEvent, ...errorAnswers },
    },
    handler: (_request, reply) => {
      void reply.header('upgrade', 'websocket');
      throw new DomainError('UPGRADE_REQUIRED');
    },
  });

  app.post('/api/events/ticket', {
    // The page asks for one each time it is looked at: nothing is changed by it.
    config: { ...config, audit: false },
    schema: {
      tags,
      summary: 'Get a one-time ticket that opens an event socket',
      response: { 201: EventTicket, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const credential = credentialOf(request.raw) ?? cookieOf(request.raw, SESSION_COOKIE);
      if (credential === undefined) throw new DomainError('UNAUTHORIZED');
      return reply.code(201).send({ ticket: tickets.issue(credential), expires_in: TICKET_SECONDS });
    },
  });
}
