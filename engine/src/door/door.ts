import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type DoorTicket, openTicket, PROXY_PATH, TICKET_HEADER } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { PictureRooms } from '../mjpeg/index.ts';
import { type Playback, PlaybackRefusal } from '../playback/index.ts';
import type { StreamProxy } from '../proxy/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { ViewerLimitError, type Viewers } from '../viewers/index.ts';
import {
  type PeerExchange,
  PeerRefusal,
  serveConsume,
  serveWhep,
  serveWhip,
  type WebRtc,
} from '../webrtc/index.ts';
import { DoorError } from './door-error.ts';
import { FLV_TYPE, type FlvRequest, serveFlv } from './flv.ts';
import { serveHls } from './hls.ts';
import { HlsSessions } from './hls-sessions.ts';
import { type Mp4Request, serveMp4 } from './mp4.ts';
import { serveMse } from './mse.ts';
import { handlesPictures, pictureRefusal, servePictures } from './pictures.ts';
import { refuseUpgrade, upgradeHead } from './websocket.ts';

// An `import` of node:http reads all its exports, and so loads the bundled fetch: 20 ms and 2 MB.
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

export interface DoorOptions {
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly clock: Clock;
  readonly stream: (id: string) => EngineStream | undefined;
  readonly playback: Playback;
  readonly viewers: Viewers;
  /** Whoever makes pictures; without it there are none. */
  readonly pictures?: PictureRooms;
  /** Cameras that are no streams; without it there are none. */
  readonly proxy?: StreamProxy;
  /** Absent: nothing is signalled at `/whep`, `/whip` and `/consume`. */
  readonly webrtc?: WebRtc;
  readonly log: Pick<Log, 'error'>;
}

/** Milliseconds for which the tracks of a stream are waited for. */
const FIRST_TRACKS = 8_000;

/** Answers without an end, by what is behind `/live/{stream_id}/`. */
const ENDLESS: Readonly<Record<string, { type: string; serve: (request: Mp4Request & FlvRequest) => void }>> =
  {
    'stream.mp4': { type: 'video/mp4', serve: serveMp4 },
    'stream.flv': { type: FLV_TYPE, serve: serveFlv },
  };

/** A request that may be answered. */
interface Admitted {
  readonly ticket: DoorTicket;
  readonly stream: EngineStream;
  /** Behind `/{room}/{stream_id}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

interface Room extends DoorOptions {
  readonly hls: HlsSessions;
}

/**
 * The engine's HTTP door for viewers' media, `/live/{stream_id}/…`, and for the signalling of WebRTC peers, for bearers of a ticket that the server
 * signed for that stream. Every path is refused without one. WebSockets of other rooms than `live` are left to
 * others.
 */
export function createDoor(options: DoorOptions): Server {
  const room = { ...options, hls: new HlsSessions(options) };
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response, room).catch((error: unknown) => refuse(response, error, options.log));
  });
  server.on('upgrade', (request, socket, head) => {
    if (!isViewersSocket(request.url ?? '')) return;
    // Whoever leaves before the answer is nobody's error.
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head, room).catch((error: unknown) => {
      const { status, message } = wordsOf(error, options.log);
      refuseUpgrade(socket, status, STATUS_CODES[status] ?? '', message);
    });
  });
  return server;
}

/** Whether the door answers upgrades at a path. */
export const isViewersSocket = (path: string): boolean => path.startsWith('/live/');

async function handle(request: IncomingMessage, response: ServerResponse, room: Room): Promise<void> {
  if (PEERS_PATH.test(request.url ?? '')) return signal(request, response, room);
  if (room.proxy && request.url === PROXY_PATH) return room.proxy.serve(request, response);
  return watch(request, response, room);
}

/** Media of one stream. */
async function watch(request: IncomingMessage, response: ServerResponse, room: Room): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new DoorError(405, 'only GET and HEAD');
  const { ticket, stream, path, query } = admit(request, room, 'live');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const exchange = { path, query, request, response, signal: gone.signal };
  if (room.playback.handles(path)) await room.playback.serve({ ...exchange, streamId: ticket.stream_id });
  else if (Object.hasOwn(ENDLESS, path)) {
    const { type, serve } = ENDLESS[path]!;
    await withTracks(stream, gone.signal);
    if (request.method === 'HEAD') response.writeHead(200, { 'content-type': type }).end();
    else serve({ ...room, stream, query, response, ticket });
  } else if (room.pictures && handlesPictures(path)) {
    const live = (): Promise<void> => withTracks(stream, gone.signal);
    await servePictures({ ...room, ...room.pictures, ...exchange, stream, ticket, live });
  } else {
    room.hls.request(ticket, request, response);
    await serveHls({ ...exchange, stream });
    room.hls.answered(ticket, request, response);
  }
}

async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, room: Room): Promise<void> {
  const { ticket, stream, path, query } = admit(request, room, 'live');
  if (path !== 'mse') throw new DoorError(404, 'no such path');
  const answer = upgradeHead(request);
  if (answer === undefined) throw new DoorError(400, 'not a WebSocket');
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  await withTracks(stream, gone.signal);
  if (socket.destroyed) return;
  const wire = socket as Socket;
  wire.setNoDelay?.(true);
  serveMse({ ...room, stream, request, socket: wire, head, upgrade: answer, query, ticket });
}

const PEERS: Readonly<Record<string, (exchange: PeerExchange) => Promise<void>>> = {
  whep: serveWhep,
  whip: serveWhip,
  consume: serveConsume,
};
const PEERS_PATH = /^\/(whep|whip|consume)\//;

/** Signalling of WebRTC peers. */
async function signal(request: IncomingMessage, response: ServerResponse, room: Room): Promise<void> {
  const { webrtc } = room;
  const name = PEERS_PATH.exec(request.url ?? '')?.[1];
  if (!webrtc || !name) throw new DoorError(404, 'no such path');
  const { ticket, stream, path, query } = admit(request, room, name);
  const streamId = ticket.stream_id;
  const rest = path === '' ? [] : path.split('/');
  const exchange = { webrtc, streamId, stream, ticket, rest, query, request, response };
  await webrtc.awake();
  await PEERS[name]!(exchange);
}

/** Whose ticket it is, and for what. Throws DoorError. */
function admit(request: IncomingMessage, { key, clock, stream: find }: Room, name: string): Admitted {
  const url = URL.parse(request.url ?? '/', 'http://door');
  const [, room, id, ...rest] = url?.pathname.split('/') ?? [];
  if (!url || room !== name || !id || (name === 'live' && rest.length === 0))
    throw new DoorError(404, 'no such path');
  const header = request.headers[TICKET_HEADER];
  const text = typeof header === 'string' ? header : '';
  const ticket = openTicket(key, text, clock.utc() / 1000);
  // Foreign and unknown answer alike: whoever may not watch learns nothing of the stream.
  if (ticket?.stream_id !== id) throw new DoorError(401, 'a valid ticket for this stream is needed');
  const stream = find(id);
  if (!stream) throw new DoorError(404, 'no such stream');
  return { ticket, stream, path: rest.join('/'), query: url.searchParams };
}

/** Waits until the stream has something to send. Throws DoorError. */
async function withTracks(stream: EngineStream, signal: AbortSignal): Promise<void> {
  if ((await stream.ready(FIRST_TRACKS, signal)) || signal.aborted) return;
  const { state, message } = stream.observed;
  throw new DoorError(503, `the stream is ${state}${message === undefined ? '' : `: ${message}`}`);
}

function wordsOf(error: unknown, log: Pick<Log, 'error'>): { status: number; message: string } {
  if (error instanceof DoorError || error instanceof PlaybackRefusal || error instanceof PeerRefusal)
    return error;
  if (error instanceof ViewerLimitError) return { status: 503, message: error.message };
  const refusal = pictureRefusal(error);
  if (refusal) return refusal;
  log.error('the door failed', { error });
  return { status: 500, message: 'internal error' };
}

function refuse(response: ServerResponse, error: unknown, log: Pick<Log, 'error'>): void {
  const { status, message } = wordsOf(error, log);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ status, message }));
}
