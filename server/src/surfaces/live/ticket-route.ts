import { StreamIdParams } from '@nightjar/contract/manager';
import { MediaTicket, RtspLogin, RtspLoginRequest } from '@nightjar/contract/platform';
import type { MediaTickets } from '../../access/index.ts';
import { type App, DomainError } from '../../kernel/index.ts';

/** Short tickets for media of one stream, where an address is all that can be given: WebSockets, elements of a page. */
export function ticketRoute(app: App, tickets: Pick<MediaTickets, 'issue' | 'login'>): void {
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

  app.post('/live/:id/rtsp-login', {
    config: { access: { scope: 'streams:read', object: { stream: 'id' } }, counted: false },
    schema: {
      tags: ['live'],
      summary: 'User name and password of an RTSP player that knows digest alone, for this one stream',
      params: StreamIdParams,
      body: RtspLoginRequest,
      response: { 201: RtspLogin },
    },
    handler: async ({ principal, params: { id }, body }, reply) => {
      if (!principal) throw new DomainError('UNAUTHORIZED');
      const login = tickets.login(principal, id, body.expires_in);
      const rtsp_path = `/${id}?auth=digest`;
      return reply.code(201).send({ ...login, rtsp_path, expires_in: body.expires_in });
    },
  });
}
