import type { Database, Sql } from '../../database/index.ts';
import { type Clock, isoNow, type Log } from '../../kernel/index.ts';
import { type AuditEntry, GENESIS, macOf, type NewEntry, worded } from './entry.ts';
import { type AuditQuery, auditStore } from './store.ts';
import { type Verification, verifyChain } from './verify-chain.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** 32 bytes outside of database and backup. */
  key: Buffer;
  /** Days an entry is kept, as it is set now. */
  retentionDays: () => number;
}

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
/** Entries that wait to be written; what comes on top is counted and told in one entry. */
const MAX_WAITING = 10_000;

/** Who did what, appended and never changed: each entry carries a mac over itself and all before it. */
export class Audit {
  readonly #options: Options;
  readonly #stopSweep: () => void;
  #waiting: Omit<AuditEntry, 'id' | 'mac'>[] = [];
  #left = 0;
  /** Batches that could not be written, and entries that were left out. */
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#stopSweep = options.clock.every(SWEEP_MS, () => void this.sweep());
  }

  /** Notes what was done. It is written at once, together with what else waits; never throws. */
  note(entry: NewEntry): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#left += 1;
      this.#lost += 1;
    } else this.#waiting.push({ ...worded(entry), at: isoNow(this.#options.clock) });
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** The same of what must not be done unseen: settles when it is written, rejects where it could not be. */
  async written(entry: NewEntry): Promise<void> {
    const lost = this.#lost;
    this.note(entry);
    await this.settled();
    if (this.#lost > lost) throw new Error('the audit log could not be written');
  }

  /** Settles when everything noted is written. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async page(query: AuditQuery): Promise<{ entries: AuditEntry[]; total: number }> {
    await this.settled();
    return auditStore.page(this.#options.database.sql, query);
  }

  /** Reads the chain from its oldest entry to the newest. */
  async verify(): Promise<Verification> {
    await this.settled();
    return verifyChain(this.#options.database.sql, this.#options.key);
  }

  /** Removes what is older than the retention; the mac of the last one removed stays as the chain's beginning. */
  async sweep(): Promise<void> {
    const { database, clock, log, retentionDays } = this.#options;
    const before = new Date(clock.utc() - retentionDays() * DAY_MS).toISOString();
    await this.settled();
    try {
      await database.transaction(async (sql) => {
        const last = await auditStore.newestBefore(sql, before);
        if (!last) return;
        await auditStore.setAnchor(sql, 'oldest', { entryId: last.id, mac: last.mac });
        await auditStore.removeUpTo(sql, last.id);
      });
    } catch (error) {
      log.error({ err: error }, 'old entries of the audit log could not be removed');
    }
  }

  async close(): Promise<void> {
    this.#stopSweep();
    await this.settled();
  }

  async #write(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#left > 0) {
      const batch = this.#batch();
      try {
        await this.#options.database.transaction((sql) => this.#append(sql, batch));
      } catch (error) {
        this.#lost += 1;
        this.#options.log.error({ err: error, entries: batch.length }, 'the audit log could not be written');
      }
    }
  }

  #batch(): Omit<AuditEntry, 'id' | 'mac'>[] {
    const batch = this.#waiting;
    this.#waiting = [];
    if (this.#left > 0) {
      const details = { entries: this.#left };
      const entry = worded({
        principal: undefined,
        action: 'audit.overflow',
        outcome: 'failed',
        address: '',
        details,
      });
      batch.push({ ...entry, at: isoNow(this.#options.clock) });
      this.#left = 0;
    }
    return batch;
  }

  async #append(sql: Sql, batch: readonly Omit<AuditEntry, 'id' | 'mac'>[]): Promise<void> {
    const newest = await auditStore.anchor(sql, 'newest');
    let { entryId, mac } = newest ?? { entryId: 0, mac: GENESIS };
    const entries = batch.map((fields) => {
      entryId += 1;
      const entry = { ...fields, id: entryId };
      mac = macOf(this.#options.key, mac, entry);
      return { ...entry, mac };
    });
    await auditStore.append(sql, entries);
    await auditStore.setAnchor(sql, 'newest', { entryId, mac });
  }
}
