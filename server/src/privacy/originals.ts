import { randomBytes } from 'node:crypto';
import { isOriginalsPair, makeOriginalsPair, type OriginalsKey, openingKey } from '@nightjar/contract/link';
import type { Database } from '../database/index.ts';
import { type Clock, isoNow, type Log, type Principal, type Vault } from '../kernel/index.ts';
import { type OriginalKeyRow, originalsStore } from './originals-store.ts';

interface Options {
  database: Pick<Database, 'sql'>;
  vault: Pick<Vault, 'seal' | 'open'>;
  clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Settles when the entry is written. */
  audit: { written(entry: AuditEntry): Promise<void> };
  log: Pick<Log, 'warn'>;
  /** Whose grant it is, and whether they may see recorded originals of the stream now. */
  judge: (
    streamId: string,
    grant: string,
  ) => Promise<{ principal?: Principal | undefined; allowed: boolean }>;
}

/** A sealed file that somebody wants to read. */
export interface SealedFile {
  streamId: string;
  filename: string;
  keyId: string;
  ephemeral: string;
}

/** What the audit log is told of an access. */
interface AuditEntry {
  principal: Principal | undefined;
  action: 'original.opened';
  object: Record<string, string>;
  outcome: 'done' | 'refused' | 'failed';
  address: string;
}

/** After which a new pair takes the place of the one in use; old ones stay for what was sealed for them. */
const PAIR_MS = 90 * 86_400_000;
/** A player asks for the same file again and again: within it, that is one access. */
const SAME_ACCESS_MS = 60_000;
const MAX_REMEMBERED = 10_000;

const contextOf = (id: string): string => `original-key:${id}`;

/** The keys of recorded originals: the public one for whoever records, a file's own for whoever may see it. */
export class Originals {
  readonly #options: Options;
  readonly #accesses = new Map<string, { at: number; written: Promise<void> }>();
  /** Ids of pairs that do not open, which was told. */
  readonly #shut = new Set<string>();
  #making: Promise<OriginalsKey> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** For which new files are sealed; made when there is none yet that opens, or an old one. */
  async key(): Promise<OriginalsKey> {
    const { database, clock } = this.#options;
    // A clock that was ahead must not keep one in use for ever.
    const isOfTheTime = (row: OriginalKeyRow): boolean =>
      Math.abs(clock.utc() - Date.parse(row.created_at)) < PAIR_MS;
    const rows = await originalsStore.list(database.sql);
    const row = rows.find((each) => isOfTheTime(each) && this.#opens(each));
    if (row) return { id: row.id, public_half: row.public_half };
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /**
   * The key of a file for the bearer of a grant; undefined when they may not have it, or nobody can. Rejects where it
   * cannot be written down who has it.
   */
  async open(file: SealedFile, grant: string): Promise<Buffer | undefined> {
    const { principal, allowed } = await this.#options.judge(file.streamId, grant);
    const key = allowed ? await this.#keyOf(file) : undefined;
    const outcome = key ? 'done' : allowed ? 'failed' : 'refused';
    await this.#written(file, principal, outcome);
    return key;
  }

  /** Whether what is sealed for it can be opened again: rows may be restored, or changed by somebody else. */
  #opens({ id, public_half: publicHalf, private_sealed }: OriginalKeyRow): boolean {
    const { vault, log } = this.#options;
    try {
      const privateHalf = vault.open(private_sealed, contextOf(id));
      if (isOriginalsPair({ publicHalf, privateHalf })) return true;
      throw new Error('its halves are not of one pair');
    } catch (error) {
      if (!this.#shut.has(id))
        log.warn(
          { key: id, err: error },
          'a key of recorded originals cannot be opened: nothing is sealed for it',
        );
      this.#shut.add(id);
      return false;
    }
  }

  async #keyOf({ streamId, filename, keyId, ephemeral }: SealedFile): Promise<Buffer | undefined> {
    const { database, vault, log } = this.#options;
    const row = await originalsStore.find(database.sql, keyId);
    try {
      if (!row) throw new Error('its key is not there');
      const privateHalf = vault.open(row.private_sealed, contextOf(keyId));
      return openingKey(privateHalf, { ephemeral, streamId });
    } catch (error) {
      log.warn({ stream: streamId, filename, err: error }, 'a recorded original cannot be opened');
      return undefined;
    }
  }

  /** Once for what belongs together; whoever comes meanwhile waits for the same entry. */
  #written(
    { streamId, filename }: SealedFile,
    principal: Principal | undefined,
    outcome: AuditEntry['outcome'],
  ): Promise<void> {
    const { audit, clock } = this.#options;
    const at = clock.monotonic();
    const access = JSON.stringify([principal?.kind, principal?.id, outcome, streamId, filename]);
    const last = this.#accesses.get(access);
    if (last && at - last.at < SAME_ACCESS_MS) return last.written;
    const object = { stream: streamId, filename };
    const written = audit.written({ principal, action: 'original.opened', object, outcome, address: '' });
    this.#accesses.delete(access);
    this.#accesses.set(access, { at, written });
    const oldest = this.#accesses.keys().next();
    if (this.#accesses.size > MAX_REMEMBERED && !oldest.done) this.#accesses.delete(oldest.value);
    return written.catch((error: unknown) => {
      this.#accesses.delete(access);
      throw error;
    });
  }

  async #make(): Promise<OriginalsKey> {
    const { database, vault, clock } = this.#options;
    const id = `original-${randomBytes(8).toString('hex')}`;
    const { publicHalf, privateHalf } = makeOriginalsPair();
    const private_sealed = vault.seal(privateHalf, contextOf(id));
    const row = { id, public_half: publicHalf, private_sealed, created_at: isoNow(clock) };
    await originalsStore.add(database.sql, row);
    return { id, public_half: publicHalf };
  }
}
