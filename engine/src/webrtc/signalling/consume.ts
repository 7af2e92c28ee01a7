import {
  ConsumeRequest,
  ConsumerCandidate,
  ConsumerConnect,
  type ConsumerFact,
  type ConsumerOpened,
} from '@nightjar/contract/link';
import { FINGERPRINT_HASHES, type Fingerprint, routerCapabilities } from '@nightjar/media/webrtc';
import { bodyOf, ownSession, type PeerExchange, peerRequest } from '../exchange.ts';
import { PeerRefusal, refusalOf } from '../refusal.ts';
import type { PeerSession } from '../session.ts';

/** The consume flow of one stream in mediasoup's shape; see `contract/src/link/consume.ts`. */
export async function serveConsume(exchange: PeerExchange): Promise<void> {
  const { request, rest, webrtc, streamId } = exchange;
  const [consumer, action, ...more] = rest;
  const route = [request.method, consumer === undefined ? '' : consumer && 'consumer', action]
    .join(' ')
    .trim();
  if (more.length > 0) throw new PeerRefusal(404, 'no such path');
  if (request.method === 'GET' && consumer === 'rtp-capabilities' && action === undefined)
    return answer(exchange, 200, routerCapabilities);
  if (route === 'GET') return answer(exchange, 200, { consumers: factsOf(exchange.sessions(streamId)) });
  if (route === 'POST') return open(exchange);
  if (route === 'DELETE consumer') {
    webrtc.peers.end(ownSession(exchange, consumer!, 'consume'));
    return answer(exchange, 204);
  }
  if (route === 'POST consumer connect') return connect(exchange, consumer!);
  if (route === 'POST consumer ice-candidate') return candidate(exchange, consumer!);
  throw new PeerRefusal(404, 'no such path');
}

async function open(exchange: PeerExchange): Promise<void> {
  const { rtpCapabilities } = await read(exchange, ConsumeRequest);
  const { session, result } = await exchange.webrtc.peers
    .consume(peerRequest(exchange), { rtpCapabilities: rtpCapabilities as never })
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  const opened: ConsumerOpened = {
    consumer_id: session.id,
    state: session.state,
    transport: {
      id: session.id,
      iceParameters: { ...result.transport.iceParameters },
      iceCandidates: result.transport.iceCandidates.map((one) => ({ ...one })),
      dtlsParameters: { ...result.transport.dtlsParameters },
    },
    consumers: result.tracks.map(({ kind, rtpParameters }) => ({
      id: `${session.id}-${kind}`,
      producerId: `${exchange.streamId}-${kind}`,
      kind,
      rtpParameters: { ...rtpParameters },
    })),
    left_out: [...result.leftOut],
  };
  answer(exchange, 201, opened);
}

async function connect(exchange: PeerExchange, id: string): Promise<void> {
  const session = ownSession(exchange, id, 'consume');
  const { dtlsParameters } = await read(exchange, ConsumerConnect);
  const fingerprints = dtlsParameters.fingerprints.filter(isTaken);
  if (fingerprints.length === 0)
    throw new PeerRefusal(400, 'dtlsParameters: no fingerprint of a hash that is taken');
  if (session.state === 'CLOSED') throw new PeerRefusal(404, 'no such session');
  await exchange.webrtc.peers.connect(session, fingerprints).catch((error: unknown) => {
    throw refusalOf(error);
  });
  answer(exchange, 204);
}

async function candidate(exchange: PeerExchange, id: string): Promise<void> {
  const session = ownSession(exchange, id, 'consume');
  await read(exchange, ConsumerCandidate);
  if (session.state === 'CLOSED') throw new PeerRefusal(404, 'no such session');
  exchange.webrtc.peers.touch(session);
  answer(exchange, 204);
}

function isTaken(fingerprint: { algorithm: string; value: string }): fingerprint is Fingerprint {
  return FINGERPRINT_HASHES.some((hash) => hash === fingerprint.algorithm);
}

interface Shape<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
}

async function read<T>(exchange: PeerExchange, shape: Shape<T>): Promise<T> {
  const text = await bodyOf(exchange);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PeerRefusal(400, 'the body is not JSON');
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PeerRefusal(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not valid'}`);
}

function factsOf(sessions: readonly PeerSession[]): ConsumerFact[] {
  return sessions.filter(({ kind }) => kind === 'consume').map(factOf);
}

function factOf(session: PeerSession): ConsumerFact {
  return {
    consumer_id: session.id,
    stream_id: session.streamId,
    state: session.state,
    who: session.who,
    created_at: iso(session.created),
    connected_at: session.connected === undefined ? null : iso(session.connected),
    closed_at: session.closed === undefined ? null : iso(session.closed),
    last_seen_at: iso(session.lastSeen),
    reason: session.reason ?? null,
    bytes_sent: session.viewer.bytes,
  };
}

const iso = (utc: number): string => new Date(utc).toISOString();

function answer({ response }: PeerExchange, status: number, body?: unknown): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
