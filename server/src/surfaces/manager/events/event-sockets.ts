import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventsQuery, EventsQuery as QueryShape } from '@nightjar/contract/manager';
import { WebSocketServer } from 'ws';
import type { OneTimeTickets } from '../../../access/index.ts';
import type { Events } from '../../../events/index.ts';
import {
  type Clock,
  cookieOf,
  credentialOf,
  DomainError,
  invalidByIssues,
  type Log,
  networkOf,
  ownOrigin,
  type Principal,
  RateLimiter,
  refuseUpgrade,
  SESSION_COOKIE,
} from '../../../kernel/index.ts';
import { type Admitted, EventSession } from './event-session.ts';
import { filterOf } from './filter.ts';

interface Options {
  events: Events;
  clock: Clock;
  log: Log;
  tickets: OneTimeTickets;
  authenticate: (credential: string) => Promise<Principal | undefined>;
  /** Where a request comes from, by the proxies that are believed. */
  addressOf: (request: IncomingMessage) => string;
  /** As they are set now. */
  limits: () => { sockets_per_address: number; reads_per_minute: number };
}

const MAX_MESSAGE_BYTES = 64 * 1024;
const GOING_AWAY = 1001;
const CLOSE_MS = 500;

/** What makes the upgrade fail before there is a socket. */
function queryOf(url: URL): EventsQuery {
  const parsed = QueryShape.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success) throw invalidByIssues(parsed.error.issues, 'query');
  return parsed.data;
}

/** S2's WebSocket of events: who may open one, how many, and their end. */
export class EventSockets {
  readonly #options: Options;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #limiter: RateLimiter;
  readonly #perAddress = new Map<string, number>();
  readonly #sessions = new Set<EventSession>();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#limiter = new RateLimiter(options.clock);
  }

  /** Takes every upgrade of the listener but those that `others` take. */
  attach(http: Server, others: (path: string) => boolean = () => false): void {
    http.on('upgrade', (request, socket, head) => {
      if (others(request.url ?? '')) return;
      socket.on('error', (error: Error) => this.#options.log.debug({ err: error }, 'an upgrade failed'));
      this.#open(request, socket, head).catch((error: unknown) => {
        if (!(error instanceof DomainError)) this.#options.log.error({ err: error }, 'an upgrade failed');
        refuseUpgrade(socket, error);
      });
    });
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Somebody's rights may be others: what is lost goes quiet at once. */
  recheck(): void {
    for (const session of this.#sessions) session.recheck();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#sessions) session.end(GOING_AWAY, 'the server ends');
    const all = [...this.#server.clients];
    const gone = Promise.all(all.map((socket) => once(socket, 'close')));
    await Promise.race([gone, pause(CLOSE_MS)]);
    for (const socket of all) socket.terminate();
    this.#server.close();
  }

  /** Throws what the upgrade is refused with. */
  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    if (this.#closed || url.pathname !== '/api/events') {
      throw new DomainError('NOT_FOUND', undefined, { path: url.pathname });
    }
    this.#reserve(networkOf(this.#options.addressOf(request)), socket);
    const query = queryOf(url);
    const admitted = await this.#identify(request, query);
    const { events, clock, log } = this.#options;
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      const session = new EventSession({
        socket: opened,
        events,
        clock,
        log,
        admit: (given) => this.#admit(given),
        admitted,
        filter: filterOf(query),
        since: query.since,
      });
      this.#sessions.add(session);
      opened.once('close', () => this.#sessions.delete(session));
    });
  }

  /** Counts the socket against its address until it is closed. */
  #reserve(address: string, socket: Duplex): void {
    const { sockets_per_address, reads_per_minute } = this.#options.limits();
    const allowance = this.#limiter.take(address, reads_per_minute);
    const open = this.#perAddress.get(address) ?? 0;
    if (allowance.exceeded || open >= sockets_per_address) {
      const retry_after = allowance.exceeded ? allowance.resetSeconds : 1;
      throw new DomainError('RATE_LIMITED', undefined, { retry_after });
    }
    this.#perAddress.set(address, open + 1);
    socket.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
  }

  /** Who opens it, checked; undefined when nothing says so yet. */
  async #identify(request: IncomingMessage, query: EventsQuery): Promise<Admitted | undefined> {
    const { tickets, log } = this.#options;
    if (request.headers.authorization !== undefined) return this.#checked(credentialOf(request));
    if (query.ticket !== undefined) return this.#checked(tickets.redeem(query.ticket));
    if (query.token === undefined) return this.#byCookie(request);
    const admitted = await this.#checked(query.token);
    // An address is written down in many places: only a token that was made for scripts may stand in one.
    if (admitted.principal.kind !== 'api_token') throw new DomainError('UNAUTHORIZED');
    log.warn('an event socket was opened with ?token=, which is deprecated: use a ticket');
    return admitted;
  }

  /** The page's session. A browser sends cookies with the sockets of any page: only this host's own may use them. */
  async #byCookie(request: IncomingMessage): Promise<Admitted | undefined> {
    const credential = cookieOf(request, SESSION_COOKIE);
    if (credential === undefined) return undefined;
    if (!ownOrigin(request)) throw new DomainError('FORBIDDEN', 'Requests of other sites are refused');
    return this.#checked(credential);
  }

  async #checked(credential: string | undefined): Promise<Admitted> {
    if (credential === undefined) throw new DomainError('UNAUTHORIZED');
    return { credential, principal: await this.#admit(credential) };
  }

  async #admit(credential: string): Promise<Principal> {
    const principal = await this.#options.authenticate(credential);
    if (!principal) throw new DomainError('UNAUTHORIZED');
    if (!principal.scopes.includes('events:read')) {
      throw new DomainError('FORBIDDEN', undefined, { scope: 'events:read' });
    }
    return principal;
  }
}
