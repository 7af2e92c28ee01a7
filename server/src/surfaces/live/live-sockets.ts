import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RelayOpen, TICKET_HEADER } from '@nightjar/contract/link';
import { StreamIdParams } from '@nightjar/contract/manager';
import type { RelayLine } from '../../engine-link/index.ts';
import {
  authorize,
  type Clock,
  cookieOf,
  credentialOf,
  DomainError,
  type Log,
  networkOf,
  ownOrigin,
  type Principal,
  RateLimiter,
  refuseUpgrade,
  SESSION_COOKIE,
  streamNotFound,
} from '../../kernel/index.ts';
import { type TicketMaker, ticketHeader } from './viewing.ts';

interface Options extends TicketMaker {
  relay: Pick<RelayLine, 'open'>;
  clock: Clock;
  log: Log;
  authenticate: (credential: string) => Promise<Principal | undefined>;
  /** The principal of a media ticket; undefined when it is void. */
  redeem: ((ticket: string) => Promise<Principal | undefined>) | undefined;
  /** Where a request comes from, by the proxies that are believed. */
  addressOf: (request: IncomingMessage) => string;
  /** As they are set now. */
  limits: () => { reads_per_minute: number };
}

/** Milliseconds within which the engine answers: it waits for a camera that connects. */
const TIMEOUT_MS = 15_000;
const PATH = /^\/live\/([^/]+)\/mse$/;

const notWebSocket = () => new DomainError('INVALID_CONFIGURATION', 'not a WebSocket');

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
        refuseUpgrade(socket, error);
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
    const address = this.#options.addressOf(request);
    const principal = await this.#principal(request, ticket, address);
    const verdict = authorize(principal, 'streams:read', { kind: 'stream', id });
    if (verdict === 'hidden') throw streamNotFound(id);
    if (verdict !== 'allowed') throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:read' });
    url.searchParams.delete('ticket');
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw notWebSocket();
    const made = ticketHeader(this.#options, { streamId: id, principal, address });
    const { 'sec-websocket-key': key = '', 'sec-websocket-version': version = '' } = request.headers;
    const asked = { path: `${url.pathname}${url.search}`, ticket: made[TICKET_HEADER]! };
    const parsed = RelayOpen.safeParse({ ...asked, web_socket: { key, version } });
    if (!parsed.success) throw notWebSocket();
    await this.#watch(socket, head, parsed.data);
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
    const { exceeded, resetSeconds } = this.#guesses.take(networkOf(address), limits().reads_per_minute);
    if (exceeded) throw new DomainError('RATE_LIMITED', undefined, { retry_after: resetSeconds });
    throw new DomainError('UNAUTHORIZED');
  }

  async #watch(socket: Duplex, head: Buffer, asked: RelayOpen): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const limits = { timeoutMs: TIMEOUT_MS, signal: gone.signal };
    const answer = await this.#options.relay.open(asked, limits);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      answer.leave();
    });
    if ('setNoDelay' in socket) (socket as Socket).setNoDelay(true).setKeepAlive(true, 30_000);
    const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      ...fields,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) answer.say(head);
    socket.on('data', (bytes: Buffer) => answer.say(bytes));
    answer.pourInto(socket);
    if (socket.closed) answer.leave();
  }
}
