import type { Database } from '../../database/index.ts';
import { type Clock, createSerial, DomainError, isoNow, type Settings } from '../../kernel/index.ts';
import { type ConfigVersion, versionStore } from './store.ts';

interface Options {
  database: Database;
  settings: Settings;
  clock: Clock;
}

/** What the configuration file said over time. */
export class ConfigHistory {
  readonly #options: Options;
  readonly #inTurn = createSerial();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Notes what the file says now, unless that is what was noted last. */
  note(author: string): Promise<void> {
    return this.#inTurn(async () => {
      const { database, settings, clock } = this.#options;
      const content = (await settings.text()) ?? '';
      if ((await versionStore.newest(database.sql))?.content === content) return;
      await versionStore.add(database.sql, { at: isoNow(clock), author, content });
    });
  }

  /** Newest first; edits by hand are noted before. */
  async list(): Promise<ConfigVersion[]> {
    await this.note('file');
    return versionStore.all(this.#options.database.sql);
  }

  /** Throws NOT_FOUND. */
  async get(id: number): Promise<ConfigVersion> {
    const version = await versionStore.find(this.#options.database.sql, id);
    if (!version) throw new DomainError('NOT_FOUND', `No version with ID ${id}`, { version: id });
    return version;
  }

  /** Makes the file what it was; it counts after a reload. Throws NOT_FOUND, INVALID_CONFIGURATION. */
  async rollBack(id: number, author: string): Promise<void> {
    const { settings } = this.#options;
    const { content } = await this.get(id);
    settings.check(content);
    await this.note('file');
    await settings.replace(content);
    await this.note(author);
  }
}
