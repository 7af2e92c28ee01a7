import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openTicket, TICKET_HEADER } from '@nightjar/contract/link';
import type { EngineStream } from '../streams/index.ts';
import { DoorError } from './door-error.ts';
import { serveHls } from './hls.ts';

export interface DoorOptions {
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly utc: () => number;
  readonly stream: (id: string) => EngineStream | undefined;
}

/**
 * The engine's HTTP door for viewers' media: `/live/{stream_id}/…`, for bearers of a ticket that the server
 * signed for that stream. Every path is refused without one.
 */
export function createDoor(options: DoorOptions): Server {
  return createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response, options).catch((error: unknown) => refuse(response, error));
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: DoorOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://door');
  const [, room, id, ...rest] = url.pathname.split('/');
  if (room !== 'live' || !id || rest.length === 0) throw new DoorError(404, 'no such path');
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new DoorError(405, 'only GET and HEAD');
  const header = request.headers[TICKET_HEADER];
  const text = typeof header === 'string' ? header : '';
  const ticket = openTicket(options.key, text, options.utc() / 1000);
  // Foreign and unknown answer alike: whoever may not watch learns nothing of the stream.
  if (ticket?.stream_id !== id) throw new DoorError(401, 'a valid ticket for this stream is needed');
  const stream = options.stream(id);
  if (!stream) throw new DoorError(404, 'no such stream');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await serveHls({
    stream,
    path: rest.join('/'),
    query: url.searchParams,
    request,
    response,
    signal: gone.signal,
  });
}

function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof DoorError;
  if (!known) console.error('the door failed', error);
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
