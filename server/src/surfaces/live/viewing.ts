import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { type Clock, type Principal, seesUnblurred } from '../../kernel/index.ts';

/** What tickets for the engine's door are made with. */
export interface TicketMaker {
  /** Signs the tickets; shared with the engine. */
  key: Buffer;
  clock: Clock;
  /** What the engine asks with whether the principal may still watch. Absent: who was let in stays. */
  grantOf?: ((principal: Principal, streamId: string) => string) | undefined;
}

const TICKET_SECONDS = 30;

/** The header that opens the engine's door for one request of somebody who may watch the stream. */
export function ticketHeader(
  { key, clock, grantOf }: TicketMaker,
  viewing: { streamId: string; principal: Principal | undefined; address: string },
): Record<string, string> {
  const { streamId, principal, address } = viewing;
  const grant = principal && grantOf?.(principal, streamId);
  return {
    [TICKET_HEADER]: signTicket(key, {
      stream_id: streamId,
      exp: Math.floor(clock.utc() / 1000) + TICKET_SECONDS,
      sub: `${principal?.kind}:${principal?.id}`,
      address,
      unblurred: seesUnblurred(principal, streamId),
      ...(grant === undefined ? {} : { grant }),
    }),
  };
}
