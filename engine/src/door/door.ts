import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { type Playback, PlaybackRefusal } from '../playback/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { DoorError } from './door-error.ts';
import { serveHls } from './hls.ts';

// An `import` of node:http reads all its exports, and so loads the bundled fetch: 20 ms and 2 MB.
const { createServer } = process.getBuiltinModule('node:http');

export interface DoorOptions {
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly clock: Pick<Clock, 'utc'>;
  readonly stream: (id: string) => EngineStream | undefined;
  readonly playback: Playback;
  readonly log: Pick<Log, 'error'>;
}

/**
 * The engine's HTTP door for viewers' media: `/live/{stream_id}/…`, for bearers of a ticket that the server
 * signed for that stream. Every path is refused without one.
 */
export function createDoor(options: DoorOptions): Server {
  return createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response, options).catch((error: unknown) => refuse(response, error, options.log));
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: DoorOptions,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://door');
  const [, room, id, ...rest] = url?.pathname.split('/') ?? [];
  if (!url || room !== 'live' || !id || rest.length === 0) throw new DoorError(404, 'no such path');
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new DoorError(405, 'only GET and HEAD');
  const header = request.headers[TICKET_HEADER];
  const text = typeof header === 'string' ? header : '';
  const ticket = openTicket(options.key, text, options.clock.utc() / 1000);
  // Foreign and unknown answer alike: whoever may not watch learns nothing of the stream.
  if (ticket?.stream_id !== id) throw new DoorError(401, 'a valid ticket for this stream is needed');
  const stream = options.stream(id);
  if (!stream) throw new DoorError(404, 'no such stream');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const path = rest.join('/');
  const exchange = { path, query: url.searchParams, request, response, signal: gone.signal };
  if (options.playback.handles(path)) await options.playback.serve({ ...exchange, streamId: id });
  else await serveHls({ ...exchange, stream });
}

function refuse(response: ServerResponse, error: unknown, log: Pick<Log, 'error'>): void {
  const known = error instanceof DoorError || error instanceof PlaybackRefusal;
  if (!known) log.error('the door failed', { error });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = known ? error.status : 500;
  const message = known ? error.message : 'internal error';
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ status, message }));
}
