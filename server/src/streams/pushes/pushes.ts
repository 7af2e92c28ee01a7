import { createHash, randomBytes } from 'node:crypto';
import type { DesiredPush, Fact, PushFact } from '@nightjar/contract/link';
import type { CreatePush, Push } from '@nightjar/contract/manager';
import { redactUrls, type SourceUrl } from '@nightjar/contract/outbound';
import type { Database } from '../../database/index.ts';
import { type Clock, DomainError, isoNow, redact, type Vault } from '../../kernel/index.ts';
import { type PushRow, pushStore } from './store.ts';
import { checkPushTarget, type PushTargetOptions } from './targets.ts';

export interface PushesOptions {
  database: Database;
  clock: Clock;
  vault: Vault;
  outbound: PushTargetOptions;
  /** Throws STREAM_NOT_FOUND. */
  mustBeStream: (id: string) => Promise<unknown>;
  /** What the engine is to converge on has changed. */
  changed: () => void;
}

/** A server outside in clear; only the link to the engine ever sees it. */
type ClearTarget = Pick<DesiredPush, 'url' | 'username' | 'password'>;

interface NewPush {
  id: string;
  streamId: string;
  source: SourceUrl;
  pin?: string | null | undefined;
  enabled: boolean;
}

const MOST = 16;
const MAX_MESSAGE = 500;
/** The id of the push that a stream has for somebody else than who lists them; one for each stream. */
const placedId = (streamId: string): string =>
  `output${createHash('sha256').update(streamId).digest('hex').slice(0, 26)}`;
const contextOf = (id: string): string => `push:${id}`;

/** Streams that are sent on to servers outside: what is wanted, and what the engine observes of it. */
export class Pushes {
  readonly #options: PushesOptions;
  /** By push id. All of it is memory: the engine says it anew at each hello. */
  readonly #seen = new Map<string, PushFact>();

  constructor(options: PushesOptions) {
    this.#options = options;
  }

  /** Oldest first. Throws STREAM_NOT_FOUND. */
  async list(streamId: string): Promise<Push[]> {
    await this.#options.mustBeStream(streamId);
    return (await pushStore.of(this.#options.database.sql, streamId)).map((row) => this.#view(row));
  }

  /** Throws STREAM_NOT_FOUND, INVALID_CONFIGURATION. */
  async create(streamId: string, { url, tls_fingerprint, enabled }: CreatePush): Promise<Push> {
    const { outbound } = this.#options;
    const others = await this.list(streamId);
    if (others.length >= MOST) {
      throw new DomainError('INVALID_CONFIGURATION', `a stream is sent to at most ${MOST} servers`, {
        field: 'url',
      });
    }
    const source = await checkPushTarget(url, 'url', outbound);
    const id = randomBytes(5).toString('hex');
    return this.#insert({ id, streamId, source, pin: tls_fingerprint, enabled });
  }

  /** Throws INVALID_CONFIGURATION for an address to which nothing may be sent. */
  async check(url: string, field: string): Promise<void> {
    await checkPushTarget(url, field, this.#options.outbound);
  }

  /** The one server to which a stream is sent besides those of its list, and how that stands. */
  async placed(streamId: string): Promise<Push | undefined> {
    return (await this.list(streamId)).find(({ id }) => id === placedId(streamId));
  }

  /** Sends a stream to that one server, or no longer. Throws STREAM_NOT_FOUND, INVALID_CONFIGURATION. */
  async place(streamId: string, url: string | undefined): Promise<void> {
    const source = url === undefined ? undefined : await checkPushTarget(url, 'url', this.#options.outbound);
    const before = await this.placed(streamId);
    if (before) await this.remove(streamId, before.id);
    if (source) await this.#insert({ id: placedId(streamId), streamId, source, enabled: true });
  }

  /** Throws STREAM_NOT_FOUND, NOT_FOUND. */
  async enable(streamId: string, id: string, enabled: boolean): Promise<Push> {
    const row = await this.#find(streamId, id);
    await pushStore.enable(this.#options.database.sql, id, enabled);
    this.#seen.delete(id);
    this.#options.changed();
    return this.#view({ ...row, enabled: Number(enabled) });
  }

  /** Throws STREAM_NOT_FOUND, NOT_FOUND. */
  async remove(streamId: string, id: string): Promise<void> {
    await this.#find(streamId, id);
    await pushStore.remove(this.#options.database.sql, id);
    this.#seen.delete(id);
    this.#options.changed();
  }

  /** What the engine is to send on, by stream, credentials in clear. */
  async desired(): Promise<ReadonlyMap<string, DesiredPush[]>> {
    const { database, vault } = this.#options;
    const rows = (await pushStore.all(database.sql)).filter(({ enabled }) => enabled === 1);
    return Map.groupBy(
      rows.map(({ id, stream_id, target_sealed, tls_pinned }) => ({
        stream_id,
        id,
        ...(JSON.parse(vault.open(target_sealed, contextOf(id))) as ClearTarget),
        ...(tls_pinned === null || tls_pinned === undefined ? {} : { tls_pin: tls_pinned }),
      })),
      ({ stream_id }) => stream_id,
    );
  }

  /** The engine said how pushes stand; all that was believed is void. */
  engineHello(facts: readonly PushFact[]): void {
    this.#seen.clear();
    for (const fact of facts) this.#seen.set(fact.push_id, fact);
  }

  engineAway(): void {
    this.#seen.clear();
  }

  /** Nothing is stored: how it went is told as events. */
  async store(): Promise<void> {
    return undefined;
  }

  observe(fact: Fact): void {
    if (fact.kind === 'push.state') this.#seen.set(fact.push_id, fact);
  }

  async #insert(push: NewPush): Promise<Push> {
    const { database, clock, vault, changed } = this.#options;
    const { id, streamId, source, pin, enabled } = push;
    const row: PushRow = {
      id,
      stream_id: streamId,
      url_shown: shownOf(source),
      target_sealed: vault.seal(JSON.stringify(clearOf(source)), contextOf(id)),
      tls_pinned: pin ?? null,
      enabled: Number(enabled),
      created_at: isoNow(clock),
    };
    await pushStore.insert(database.sql, row);
    changed();
    return this.#view(row);
  }

  async #find(streamId: string, id: string): Promise<PushRow> {
    await this.#options.mustBeStream(streamId);
    const rows = await pushStore.of(this.#options.database.sql, streamId);
    const row = rows.find((each) => each.id === id);
    if (row) return row;
    throw new DomainError('NOT_FOUND', 'the stream is not sent to such a server', { push_id: id });
  }

  #view(row: PushRow): Push {
    const seen = row.enabled === 1 ? this.#seen.get(row.id) : undefined;
    return {
      id: row.id,
      url: row.url_shown,
      tls_fingerprint: row.tls_pinned ?? null,
      enabled: row.enabled === 1,
      state: seen?.state ?? null,
      since: seen?.at ?? null,
      fault: seen?.fault ?? null,
      message: seen?.message === undefined ? null : redact(seen.message).slice(0, MAX_MESSAGE),
      created_at: row.created_at,
    };
  }
}

function clearOf({ url, username, password }: SourceUrl): ClearTarget {
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Of RTMP the name itself is the key. */
function shownOf({ protocol, url, username, password }: SourceUrl): string {
  const hidden = username === undefined && password === undefined ? '' : '***:***@';
  const plain = protocol.startsWith('rtmp') ? url.replace(/\/[^/]*$/, '/***') : url;
  return redactUrls(plain.replace('://', `://${hidden}`));
}
