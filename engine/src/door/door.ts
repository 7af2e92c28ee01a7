import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PROXY_PATH, RELAY_PATH, TICKET_HEADER } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { LowerRenditions } from '../lower/index.ts';
import type { PictureRooms } from '../mjpeg/index.ts';
import type { Playback } from '../playback/index.ts';
import type { StreamProxy } from '../proxy/index.ts';
import type { EngineStream } from '../streams/index.ts';
import type { Viewers } from '../viewers/index.ts';
import {
  type PeerExchange,
  serveConsume,
  serveWhep,
  serveWhip,
  type WebRtcWorkers,
} from '../webrtc/index.ts';
import { admit, withTracks, wordsOf } from './admission.ts';
import { DoorError } from './door-error.ts';
import { httpOpening } from './endless.ts';
import { type HlsRequest, HlsSessions, handlesAdaptive, serveAdaptive, serveHls } from './hls/index.ts';
import { serveMse } from './mse.ts';
import { originalsGrant } from './originals-grant.ts';
import { handlesPictures, servePictures } from './pictures.ts';
import { acceptRelay } from './relay/index.ts';
import { ENDLESS, MSE } from './ways.ts';
import { acceptOf, handshakeIn, refuseUpgrade, upgradeHead } from './websocket.ts';

// An `import` of node:http reads all its exports, and so loads the bundled fetch: 20 ms and 2 MB.
const http = process.getBuiltinModule('node:http');

export interface DoorOptions {
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly clock: Clock;
  readonly stream: (id: string, unblurred?: boolean) => EngineStream | undefined;
  readonly playback: Playback;
  readonly viewers: Viewers;
  /** Whoever makes pictures; without it there are none. */
  readonly pictures?: PictureRooms;
  /** Lower renditions of streams; without it there are none. */
  readonly lower?: LowerRenditions;
  /** Cameras that are no streams; without it there are none. */
  readonly proxy?: StreamProxy;
  /** Absent: nothing is signalled at `/whep`, `/whip` and `/consume`. */
  readonly webrtc?: Pick<WebRtcWorkers, 'of' | 'list'>;
  readonly log: Pick<Log, 'error'>;
}

/** What the door serves from. */
interface Behind extends DoorOptions {
  readonly hls: HlsSessions;
}

/**
 * The engine's HTTP door for viewers' media, `/live/{stream_id}/…`, and for the signalling of WebRTC peers, for bearers
 * of a ticket that the server signed for that stream. Every path is refused without one. WebSockets elsewhere than
 * under `/live` are left to others.
 */
export function createDoor(options: DoorOptions): Server {
  const behind = { ...options, hls: new HlsSessions(options) };
  const server = new DoorServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response, behind).catch((error: unknown) => refuse(response, error, options.log));
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === RELAY_PATH) {
      server.relays.add(socket);
      socket.once('close', () => server.relays.delete(socket));
      acceptRelay(request, socket as Socket, head, behind);
      return;
    }
    if (!isViewersSocket(request.url ?? '')) return;
    // Whoever leaves before the answer is nobody's error.
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head, behind).catch((error: unknown) => {
      const { status, message } = wordsOf(error, options.log);
      refuseUpgrade(socket, status, http.STATUS_CODES[status] ?? '', message);
    });
  });
  return server;
}

/** HTTP forgets a connection that became something else; a relay ends with the others. */
class DoorServer extends http.Server {
  readonly relays = new Set<Duplex>();

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const relay of this.relays) relay.destroy();
  }
}

/** Whether the door answers upgrades at a path. */
export const isViewersSocket = (path: string): boolean => path.startsWith('/live/') || path === RELAY_PATH;

async function handle(request: IncomingMessage, response: ServerResponse, behind: Behind): Promise<void> {
  if (PEERS_PATH.test(request.url ?? '')) return signal(request, response, behind);
  if (behind.proxy && request.url === PROXY_PATH) return behind.proxy.serve(request, response);
  return watch(request, response, behind);
}

/** Media of one stream. */
async function watch(request: IncomingMessage, response: ServerResponse, behind: Behind): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new DoorError(405, 'only GET and HEAD');
  const { ticket, stream, path, query } = admit(shown(request), behind, 'live');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const exchange = { path, query, request, response, signal: gone.signal };
  const coveredOnly = stream.privacy !== undefined;
  if (behind.playback.handles(path))
    await behind.playback.serve({
      ...{ ...exchange, streamId: ticket.stream_id, coveredOnly },
      originals: originalsGrant(ticket),
    });
  else if (Object.hasOwn(ENDLESS, path)) {
    const { type, serve } = ENDLESS[path]!;
    await withTracks(stream, gone.signal);
    if (request.method === 'HEAD') response.writeHead(200, { 'content-type': type }).end();
    else serve({ ...behind, stream, query, ticket, opening: httpOpening(response) });
  } else if (behind.pictures && handlesPictures(path)) {
    const live = (): Promise<void> => withTracks(stream, gone.signal);
    await servePictures({ ...behind, ...behind.pictures, ...exchange, stream, ticket, live });
  } else {
    behind.hls.request(ticket, request, response);
    await stream.attend();
    await watchPlaylists(exchange, stream, behind, ticket.stream_id);
    behind.hls.answered(ticket, request, response);
  }
}

/** Live media in pieces, of a stream or of what is made of it. */
function watchPlaylists(
  exchange: Pick<HlsRequest, 'path' | 'query' | 'request' | 'response' | 'signal'>,
  stream: EngineStream,
  behind: Behind,
  id: string,
): Promise<void> {
  const hls = { ...exchange, rewinds: behind.playback };
  if (handlesAdaptive(hls.path)) return serveAdaptive({ ...hls, stream, lower: behind.lower });
  // Footage of a covered stream is covered: whoever rewinds sees the live picture as it is recorded.
  const shownToAll = hls.query.has('dvr') ? (behind.stream(id) ?? stream) : stream;
  return serveHls({ ...hls, stream: shownToAll });
}

/** What a request shows at the door. */
const shown = ({ url, headers }: IncomingMessage) => ({ path: url ?? '/', ticket: headers[TICKET_HEADER] });

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  behind: Behind,
): Promise<void> {
  const { ticket, stream, path, query } = admit(shown(request), behind, 'live');
  if (path !== MSE) throw new DoorError(404, 'no such path');
  const handshake = handshakeIn(request);
  const accept = handshake && acceptOf(handshake);
  if (accept === undefined) throw new DoorError(400, 'not a WebSocket');
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  await withTracks(stream, gone.signal);
  if (socket.destroyed) return;
  const wire = socket as Socket;
  wire.setNoDelay?.(true);
  const opening = { connection: wire, begin: () => void wire.write(upgradeHead(accept)) };
  serveMse({ ...behind, stream, opening, head, accept, query, ticket });
}

const PEERS: Readonly<Record<string, (exchange: PeerExchange) => Promise<void>>> = {
  whep: serveWhep,
  whip: serveWhip,
  consume: serveConsume,
};
const PEERS_PATH = /^\/(whep|whip|consume)\//;

/** Signalling of WebRTC peers. */
async function signal(request: IncomingMessage, response: ServerResponse, behind: Behind): Promise<void> {
  const name = PEERS_PATH.exec(request.url ?? '')?.[1];
  if (!behind.webrtc || !name) throw new DoorError(404, 'no such path');
  const { ticket, stream, path, query } = admit(shown(request), behind, name);
  const streamId = ticket.stream_id;
  const rest = path === '' ? [] : path.split('/');
  const webrtc = behind.webrtc.of(rest[0]);
  const sessions = (id: string) => behind.webrtc?.list(id) ?? [];
  const exchange = { webrtc, sessions, streamId, stream, ticket, rest, query, request, response };
  await webrtc.awake();
  await PEERS[name]!(exchange);
}

function refuse(response: ServerResponse, error: unknown, log: Pick<Log, 'error'>): void {
  const { status, message, details } = wordsOf(error, log);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ status, message, details }));
}
