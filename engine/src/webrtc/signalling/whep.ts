import {
  bodyOf,
  etagOf,
  ownSession,
  type PeerExchange,
  peerRequest,
  requireType,
  serveSessions,
  trickle,
} from '../exchange.ts';
import { PeerRefusal, refusalOf } from '../refusal.ts';

/**
 * WHEP (draft-ietf-wish-whep) of one stream: `POST` an offer to `/whep/{stream_id}`, `PATCH` and `DELETE` what its
 * Location names. Query `playout_delay=MIN-MAX` in milliseconds asks the browser for a small jitter buffer.
 */
export const serveWhep = (exchange: PeerExchange): Promise<void> =>
  serveSessions(exchange, { open, patch, leave });

function leave(exchange: PeerExchange, session: string): void {
  const own = ownSession(exchange, session, 'whep');
  if (own.state === 'CLOSED') throw new PeerRefusal(404, 'no such session');
  exchange.webrtc.peers.end(own);
}

async function open(exchange: PeerExchange): Promise<void> {
  const { webrtc, streamId, query, response } = exchange;
  requireType(exchange, 'application/sdp');
  const playoutDelay = playoutDelayOf(query.get('playout_delay'));
  const offer = await bodyOf(exchange);
  const { session, result } = await webrtc.peers
    .whep(peerRequest(exchange), { offer, playoutDelay })
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  response.writeHead(201, {
    'content-type': 'application/sdp',
    location: `/whep/${streamId}/${session.id}`,
    etag: etagOf(session.id),
    'accept-patch': 'application/trickle-ice-sdpfrag',
    'cache-control': 'no-store',
  });
  response.end(result.answer);
}

async function patch(exchange: PeerExchange, id: string): Promise<void> {
  const session = ownSession(exchange, id, 'whep');
  await trickle(exchange, session.id);
  exchange.webrtc.peers.touch(session);
  exchange.response.writeHead(204, { 'cache-control': 'no-store' }).end();
}

function playoutDelayOf(text: string | null): { min: number; max: number } | undefined {
  if (text === null) return undefined;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) throw new PeerRefusal(400, 'playout_delay: must be MIN or MIN-MAX in milliseconds');
  const min = Number(match[1]);
  return { min, max: Math.max(min, Number(match[2] ?? min)) };
}
