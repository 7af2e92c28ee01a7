import { StreamIdParams } from '@nightjar/contract/manager';
import { MediaTicket } from '@nightjar/contract/platform';
import type { MediaTickets } from '../../access/index.ts';
import { type App, DomainError } from '../../kernel/index.ts';

/** Short tickets for media of one stream, where an address is all that can be given: WebSockets, elements of a page. */
export function ticketRoute(app: App, tickets: Pick<MediaTickets, 'issue'>): void {
  app.post('/live/:id/ticket', {
    config: {
      access: { scope: 'streams:read', object: { stream: 'id' } },
      counted: false,
      audit: false,
    },
    schema: {
      tags: ['live'],
      summary: 'A short ticket that opens media of the stream as ?ticket=',
      params: StreamIdParams,
      response: { 201: MediaTicket },
    },
    handler: async ({ principal, params }, reply) => {
      if (!principal) throw new DomainError('UNAUTHORIZED');
      const { ticket, expiresIn } = tickets.issue(principal, params.id);
      return reply.code(201).send({ ticket, expires_in: expiresIn });
    },
  });
}
