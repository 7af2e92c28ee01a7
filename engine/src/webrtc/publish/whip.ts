import { PUBLISH_KEY_HEADER } from '@nightjar/contract/link';
import { isLocal } from '../addresses.ts';
import { bodyOf, etagOf, type PeerExchange, requireType, serveSessions, trickle } from '../exchange.ts';
import { PeerRefusal } from '../refusal.ts';

/**
 * WHIP (RFC 9725) of one stream: `POST` an offer to `/whip/{stream_id}` with the stream's publish key, `PATCH` and
 * `DELETE` what its Location names.
 */
export const serveWhip = (exchange: PeerExchange): Promise<void> =>
  serveSessions(exchange, { open, patch, leave });

function leave({ webrtc, streamId }: PeerExchange, session: string): void {
  if (!webrtc.publications.leave(streamId, session)) throw new PeerRefusal(404, 'no such session');
}

async function open(exchange: PeerExchange): Promise<void> {
  const { webrtc, streamId, stream, ticket, request, response } = exchange;
  requireType(exchange, 'application/sdp');
  const key = request.headers[PUBLISH_KEY_HEADER];
  if (typeof key !== 'string' || key === '') throw new PeerRefusal(403, 'the publish key is missing');
  const offer = await bodyOf(exchange);
  const local = isLocal(ticket.address ?? '');
  const { id, answer } = await webrtc.publications.open({ streamId, stream, key, offer, local });
  response.writeHead(201, {
    'content-type': 'application/sdp',
    location: `/whip/${streamId}/${id}`,
    etag: etagOf(id),
    'accept-patch': 'application/trickle-ice-sdpfrag',
    'cache-control': 'no-store',
  });
  response.end(answer);
}

async function patch(exchange: PeerExchange, id: string): Promise<void> {
  const { webrtc, streamId, response } = exchange;
  if (!webrtc.publications.find(streamId, id)) throw new PeerRefusal(404, 'no such session');
  await trickle(exchange, id);
  response.writeHead(204, { 'cache-control': 'no-store' }).end();
}
