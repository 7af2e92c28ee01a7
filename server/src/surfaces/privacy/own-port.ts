import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { ALL_SCOPES } from '@nightjar/contract';
import type { Principal } from '../../kernel/index.ts';

/** How S5 is served at its own paths. */
export interface OwnPortConfig {
  /** null: not at all. */
  port: number | null;
  auth: 'token' | 'none';
}

interface Options {
  config: OwnPortConfig;
  host: string;
  /** Answers a request as the program's own listener would. */
  serve: RequestListener;
}

const PATHS = /^\/api\/streams(?=[/?]|$)/;
/** Who is asked for nothing: no account of this name can be made. */
const OWN_ID = 'privacy-port';
/** Credentials that a request brings count at the program's own listener alone, where nobody is asked here. */
const CREDENTIALS = ['authorization', 'cookie', 'x-csrf-token'];

/** S5 on a port of its own, at exactly its own paths, which are another surface's on the program's port. */
export class OwnPort {
  readonly #options: Options;
  readonly #server: Server;
  /** Stands for everybody who comes by this port, where nobody is asked; known to this process alone. */
  readonly #pass = `np_${randomBytes(32).toString('base64url')}`;

  constructor(options: Options) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 30_000 }, (request, response) => {
      if (!this.#rewritten(request)) {
        refuse(response, 404, { code: 'NOT_FOUND', message: 'No such resource' });
        return;
      }
      if (options.config.auth === 'none' && fromPage(request)) {
        refuse(response, 403, { code: 'FORBIDDEN', message: 'Pages are refused where nobody is asked' });
        return;
      }
      options.serve(request, response);
    });
  }

  /** Who shows what only this port's requests have. */
  principalOf(credential: string): Principal | undefined {
    if (this.#options.config.auth !== 'none' || credential !== this.#pass) return undefined;
    const scopes = ALL_SCOPES.filter((scope) => scope === 'streams:read' || scope === 'streams:write');
    return { kind: 'api_token', id: OWN_ID, name: OWN_ID, scopes, reach: 'all' };
  }

  /** Whether it is the principal of this port's requests, who has no account. */
  owns({ kind, id }: Principal): boolean {
    return kind === 'api_token' && id === OWN_ID;
  }

  /** The TCP port; undefined when it is switched off. */
  async listen(): Promise<number | undefined> {
    const { config, host } = this.#options;
    if (config.port === null) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ port: config.port, host }, resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #rewritten(request: IncomingMessage): boolean {
    const url = request.url ?? '/';
    if (!PATHS.test(url)) return false;
    request.url = `/privacy${url}`;
    if (this.#options.config.auth !== 'none') return true;
    for (const name of CREDENTIALS) delete request.headers[name];
    request.headers.authorization = `Bearer ${this.#pass}`;
    return true;
  }
}

/**
 * Whether a browser sends it on behalf of a page. Any page may have a name that leads here (DNS rebinding), and is
 * then of the same site: where nobody shows anything, none is let in. Programs send neither of these.
 */
const fromPage = ({ headers }: IncomingMessage): boolean =>
  headers.origin !== undefined || !BY_HAND.has(headers['sec-fetch-site']);
/** Of programs, and of an address that a person has typed. */
const BY_HAND: ReadonlySet<unknown> = new Set([undefined, 'none']);

function refuse(response: ServerResponse, status: number, problem: { code: string; message: string }): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...problem, details: {} }));
}
