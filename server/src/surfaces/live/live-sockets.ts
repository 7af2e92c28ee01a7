import { request as httpRequest, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StreamIdParams } from '@nightjar/contract/manager';
import {
  authorize,
  type Clock,
  cookieOf,
  credentialOf,
  DomainError,
  type Log,
  ownOrigin,
  type Principal,
  RateLimiter,
  SESSION_COOKIE,
  streamNotFound,
} from '../../kernel/index.ts';
import { refusal, unreachable } from './to-engine.ts';
import { type TicketMaker, ticketHeader } from './viewing.ts';

interface Options extends TicketMaker {
  /** Unix socket of the engine's door. */
  socketPath: string;
  clock: Clock;
  log: Log;
  authenticate: (credential: string) => Promise<Principal | undefined>;
  /** The principal of a media ticket; undefined when it is void. */
  redeem: ((ticket: string) => Promise<Principal | undefined>) | undefined;
  /** As they are set now. */
  limits: () => { reads_per_minute: number };
}

/** Milliseconds within which the engine answers: it waits for a camera that connects. */
const TIMEOUT_MS = 15_000;
const PATH = /^\/live\/([^/]+)\/mse$/;
const KEPT = ['sec-websocket-key', 'sec-websocket-version'];

/** Whether these sockets answer upgrades at a path. */
export const isLiveSocket = (path: string): boolean => path.startsWith('/live/');

/** The WebSockets of viewers' media: authorised here, then passed on byte by byte from the engine. */
export class LiveSockets {
  readonly #options: Options;
  readonly #guesses: RateLimiter;
  readonly #open = new Set<Duplex>();

  constructor(options: Options) {
    this.#options = options;
    this.#guesses = new RateLimiter(options.clock);
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      const { log } = this.#options;
      if (!isLiveSocket(request.url ?? '')) return;
      socket.on('error', (error: Error) => log.debug({ err: error }, 'a viewer socket failed'));
      this.#begin(request, socket, head).catch((error: unknown) => {
        if (!(error instanceof DomainError)) log.error({ err: error }, 'a viewer socket failed');
        refuse(socket, error instanceof DomainError ? error : new DomainError('INTERNAL_ERROR'));
      });
    });
  }

  get count(): number {
    return this.#open.size;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Throws what the upgrade is refused with. */
  async #begin(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    const id = StreamIdParams.safeParse({ id: PATH.exec(url.pathname)?.[1] }).data?.id;
    if (id === undefined) throw new DomainError('NOT_FOUND', undefined, { path: url.pathname });
    const ticket = url.searchParams.get('ticket');
    const address = request.socket.remoteAddress ?? '';
    const principal = await this.#principal(request, ticket, address);
    const verdict = authorize(principal, 'streams:read', { kind: 'stream', id });
    if (verdict === 'hidden') throw streamNotFound(id);
    if (verdict !== 'allowed') throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:read' });
    url.searchParams.delete('ticket');
    const headers = ticketHeader(this.#options, { streamId: id, principal, address });
    await this.#relay(request, socket, head, { path: `${url.pathname}${url.search}`, headers });
  }

  /** Header before cookie before ticket; a cookie counts only for a page of this very host. */
  async #principal(
    request: IncomingMessage,
    ticket: string | null,
    address: string,
  ): Promise<Principal | undefined> {
    const { authenticate, redeem, limits } = this.#options;
    const bearer = credentialOf(request);
    const cookie = bearer === undefined && ownOrigin(request) ? cookieOf(request, SESSION_COOKIE) : undefined;
    const credential = bearer ?? cookie;
    const byTicket = credential === undefined && ticket !== null;
    const principal = byTicket ? await redeem?.(ticket) : await authenticate(credential ?? '');
    if (principal) return principal;
    const { exceeded, resetSeconds } = this.#guesses.take(address, limits().reads_per_minute);
    if (exceeded) throw new DomainError('RATE_LIMITED', undefined, { retry_after: resetSeconds });
    throw new DomainError('UNAUTHORIZED');
  }

  #relay(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    target: { path: string; headers: Record<string, string> },
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const kept = KEPT.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : []));
    const upstream = httpRequest({
      socketPath: this.#options.socketPath,
      path: target.path,
      agent: false,
      timeout: TIMEOUT_MS,
      headers: {
        ...target.headers,
        ...Object.fromEntries(kept),
        connection: 'Upgrade',
        upgrade: request.headers.upgrade ?? '',
      },
    });
    socket.once('close', () => upstream.destroy());
    upstream.once('timeout', () => upstream.destroy(new Error('the engine was too slow')));
    upstream.once('error', (error) => reject(unreachable(error)));
    upstream.once('response', (answer) => void refusal(answer).then(reject, reject));
    upstream.once('upgrade', (answer, engine: Socket, first: Buffer) => {
      resolve();
      engine.setTimeout(0);
      this.#join(socket, engine, { answer, first, head });
    });
    upstream.end();
    return promise;
  }

  #join(
    socket: Duplex,
    engine: Socket,
    { answer, first, head }: { answer: IncomingMessage; first: Buffer; head: Buffer },
  ): void {
    this.#open.add(socket);
    engine.on('error', () => socket.destroy());
    engine.once('close', () => socket.end());
    socket.once('close', () => {
      this.#open.delete(socket);
      engine.destroy();
    });
    if ('setNoDelay' in socket) (socket as Socket).setNoDelay(true).setKeepAlive(true, 30_000);
    const accept = String(answer.headers['sec-websocket-accept']);
    const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    if (first.length > 0) socket.write(first);
    if (head.length > 0) engine.write(head);
    engine.pipe(socket);
    socket.pipe(engine);
  }
}

function refuse(socket: Duplex, { code, status, message, details }: DomainError): void {
  const body = JSON.stringify({ error: { code, message, details } });
  const wait = details['retry_after'];
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 401 ? ['www-authenticate: Bearer'] : []),
    ...(typeof wait === 'number' ? [`retry-after: ${wait}`] : []),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
