import type { Database } from '../../database/index.ts';
import type { Principal } from '../../kernel/index.ts';
import { notFound } from '../rights.ts';
import { type SignInRow, sessionStore } from './session-store.ts';

/** Sign-ins as their owners and administrators see them. */
export class SignIns {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** One's own; with `users:read` those of a person, and of everybody when none is named. */
  list(viewer: Principal, personId?: string): Promise<SignInRow[]> {
    const { sql } = this.#database;
    if (!isKeeper(viewer, 'users:read')) return sessionStore.list(sql, ownerOf(viewer));
    if (personId === undefined)
      return sessionStore.list(sql, viewer.kind === 'api_token' ? {} : ownerOf(viewer));
    return sessionStore.list(sql, { ownerKind: 'person', ownerId: personId });
  }

  /** Every token that came of it is void. Throws NOT_FOUND, also for the sign-in of somebody else. */
  async end(ender: Principal, id: string): Promise<void> {
    const { sql } = this.#database;
    const row = await sessionStore.find(sql, id);
    const own = row?.ownerKind === ender.kind && row.ownerId === ender.id;
    if (!row || !(own || isKeeper(ender, 'users:write'))) throw notFound('session', id);
    await sessionStore.end(sql, id);
  }

  async endOthers({ id, session }: Principal): Promise<void> {
    await sessionStore.endAll(this.#database.sql, { ownerKind: 'person', ownerId: id }, session);
  }
}

const isKeeper = ({ scopes, reach }: Principal, scope: 'users:read' | 'users:write'): boolean =>
  reach === 'all' && scopes.includes(scope);

const ownerOf = ({ kind, id }: Principal) => ({
  ownerKind: kind === 'api_client' ? ('api_client' as const) : ('person' as const),
  ownerId: id,
});
