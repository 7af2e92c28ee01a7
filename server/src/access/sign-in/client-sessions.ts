import type { Database, Sql } from '../../database/index.ts';
import { DomainError } from '../../kernel/index.ts';
import { clientStore } from '../machines/client-store.ts';
import type { ApiClients } from '../machines/clients.ts';
import type { SignInRow } from './session-store.ts';
import type { Origin } from './sessions.ts';
import type { Throttle } from './throttle.ts';
import type { Issued, Tokens } from './tokens.ts';

interface Options {
  database: Database;
  tokens: Tokens;
  clients: ApiClients;
  throttle: Throttle;
}

const wrong = (): DomainError => new DomainError('UNAUTHORIZED', 'Invalid client_id or client_secret');

/** API clients' ways in: by id and secret, and by refresh token. */
export class ClientSessions {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws UNAUTHORIZED alike for an unknown id and a wrong secret, RATE_LIMITED after many. */
  async begin(id: string, secret: string, { address, userAgent }: Origin): Promise<Issued> {
    const { database, tokens, clients, throttle } = this.#options;
    const name = `client ${id}`;
    const place = { address, known: false };
    const retry_after = throttle.wait(name, place);
    const client = await clients.open(id, secret);
    // A secret of 256 bits is not guessed: the right one is never kept waiting for the wrong ones of others.
    if (!client && retry_after > 0)
      throw new DomainError('RATE_LIMITED', 'Too many attempts', { retry_after });
    if (!client) {
      throttle.failed(name, place);
      throw wrong();
    }
    const who = {
      ownerKind: 'api_client',
      ownerId: client.id,
      method: 'secret',
      address,
      userAgent,
    } as const;
    return database.transaction(async (sql) => {
      if (!(await clients.touch(sql, client))) throw wrong();
      return tokens.begin(sql, who);
    });
  }

  /** Throws UNAUTHORIZED. */
  async refresh(token: string): Promise<{ issued: Issued; clientId: string }> {
    const mayCome = async (sql: Sql, { ownerKind, ownerId, createdAt }: SignInRow): Promise<boolean> => {
      const client = ownerKind === 'api_client' ? await clientStore.find(sql, ownerId) : undefined;
      return client !== undefined && !client.disabled && createdAt >= client.tokensValidAfter;
    };
    const refreshed = await this.#options.tokens.refresh(token, mayCome);
    if (!refreshed) throw new DomainError('UNAUTHORIZED', 'Invalid refresh token');
    return { issued: refreshed.issued, clientId: refreshed.signIn.ownerId };
  }
}
