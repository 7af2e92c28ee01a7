import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorTicket } from '@nightjar/contract/link';
import type { EngineStream } from '../streams/index.ts';
import type { PeerRequest } from './peers.ts';
import { PeerRefusal } from './refusal.ts';
import type { PeerSession } from './session.ts';
import type { WebRtc } from './webrtc.ts';

/** One request at the door that concerns peers of a stream. */
export interface PeerExchange {
  /** The worker that has the session, or that a new one goes to. */
  readonly webrtc: WebRtc;
  /** Who watches a stream through whatever worker. */
  readonly sessions: (streamId: string) => PeerSession[];
  readonly streamId: string;
  readonly stream: EngineStream;
  readonly ticket: DoorTicket;
  /** Segments behind `/whep/{stream_id}` or `/consume/{stream_id}`. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const BODY_BYTES = 64 * 1024;

/** The request's body as text. Throws PeerRefusal. */
export async function bodyOf({ request }: PeerExchange): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new PeerRefusal(413, `the body is longer than ${BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function peerRequest({ stream, streamId, ticket }: PeerExchange): PeerRequest {
  const { sub, address = '', grant, unblurred } = ticket;
  return { stream, streamId, who: sub, address, proof: grant, unblurred };
}

/** The caller's own session of this stream; those of others are as unknown as none. Throws PeerRefusal. */
export function ownSession(
  { webrtc, streamId, ticket }: PeerExchange,
  id: string,
  kind: PeerSession['kind'],
): PeerSession {
  const session = webrtc.peers.session(id);
  const own = session?.kind === kind && session.streamId === streamId && session.who === ticket.sub;
  if (!session || !own) throw new PeerRefusal(404, 'no such session');
  return session;
}

export function requireType({ request }: PeerExchange, type: string): void {
  const given = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (given !== type) throw new PeerRefusal(415, `the body must be ${type}`);
}

/** Names the ICE session, of which there is one per session. */
export function etagOf(session: string): string {
  return `"${createHash('sha256').update(session).digest('base64url').slice(0, 16)}"`;
}

/**
 * Checks a PATCH of a session: candidates are taken and not needed, for we are ICE-lite; a restart is a new session
 * (RFC 9725 4.3.2). Throws PeerRefusal.
 */
export async function trickle(exchange: PeerExchange, session: string): Promise<void> {
  requireType(exchange, 'application/trickle-ice-sdpfrag');
  const fragment = await bodyOf(exchange);
  const match = exchange.request.headers['if-match'];
  if (match === undefined) throw new PeerRefusal(428, 'If-Match is missing');
  if (match === '*' && /^a=ice-(ufrag|pwd):/m.test(fragment))
    throw new PeerRefusal(422, 'ICE cannot be restarted: open a new session');
  if (match !== '*' && match !== etagOf(session)) throw new PeerRefusal(412, 'another ICE session');
}

/** What is done with the sessions of a protocol that is signalled in HTTP as WHEP and WHIP are. */
export interface SessionVerbs {
  /** `POST` of an offer. */
  readonly open: (exchange: PeerExchange) => Promise<void>;
  /** `PATCH` of a session. */
  readonly patch: (exchange: PeerExchange, session: string) => Promise<void>;
  /** `DELETE` of a session. Throws PeerRefusal. */
  readonly leave: (exchange: PeerExchange, session: string) => void;
}

/** Answers what is asked at the root or at one session. Throws PeerRefusal. */
export async function serveSessions(exchange: PeerExchange, verbs: SessionVerbs): Promise<void> {
  const { request, rest, response } = exchange;
  const [session, ...more] = rest;
  if (more.length > 0) throw new PeerRefusal(404, 'no such path');
  if (session === undefined) {
    if (request.method !== 'POST') throw new PeerRefusal(405, 'only POST');
    return verbs.open(exchange);
  }
  if (request.method === 'PATCH') return verbs.patch(exchange, session);
  if (request.method !== 'DELETE') throw new PeerRefusal(405, 'only PATCH and DELETE');
  verbs.leave(exchange, session);
  response.writeHead(200, { 'cache-control': 'no-store' }).end();
}
