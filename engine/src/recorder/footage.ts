import { join } from 'node:path';
import { StreamId } from '@nightjar/contract';
import type { Fact } from '@nightjar/contract/link';
import type { Log } from '../kernel/index.ts';
import {
  type FootageOptions,
  type InventoryQuestion,
  listFootage,
  recoverFootage,
  tellInventory,
} from './recovery.ts';
import { segmentStart } from './segment-name.ts';
import { hotFolder, type Storage } from './storage.ts';

/** The files on disk as a whole: repaired at start, listed and deleted on the server's order. */
export class Footage {
  readonly #options: Omit<FootageOptions, 'basePath'>;
  /** By folder; each is repaired once, for later it may hold files that are being written. */
  readonly #prepared = new Map<string, Promise<void>>();
  #basePath: string | undefined;
  #recovering: Promise<void> = Promise.resolve();

  constructor(options: { storage: Storage; fact: (fact: Fact) => void; log: Pick<Log, 'error' | 'warn'> }) {
    this.#options = options;
  }

  /**
   * Must resolve before anything is recorded under `basePath`: lists the files a crash may have torn. Their
   * repair goes on beside the recording of new ones.
   */
  prepare(basePath: string): Promise<void> {
    this.#basePath = basePath;
    const prepared = this.#prepared.get(basePath) ?? this.#prepare(basePath);
    this.#prepared.set(basePath, prepared);
    return prepared;
  }

  /** Tells every segment of a stream but those that are being written; see `tellInventory`. */
  async tell(question: InventoryQuestion): Promise<void> {
    const basePath = this.#basePath;
    if (basePath === undefined) return;
    await this.#prepared.get(basePath);
    await this.#recovering;
    await tellInventory(question, { ...this.#options, basePath });
  }

  /** Deletes files of a stream; without names the stream's whole folder. Absent files are no error. */
  async remove(streamId: string, filenames: readonly string[] | undefined): Promise<void> {
    if (this.#basePath === undefined) throw new Error('no footage before the first desired state');
    if (!StreamId.safeParse(streamId).success) throw new Error('not the id of a stream');
    if (filenames?.some((name) => segmentStart(name) === undefined)) {
      throw new Error('not the name of a segment');
    }
    const folder = hotFolder(this.#basePath, streamId);
    const paths = filenames?.map((name) => join(folder, name)) ?? [folder];
    for (const path of paths) await this.#options.storage.remove(path);
  }

  async #prepare(basePath: string): Promise<void> {
    const options = { ...this.#options, basePath };
    try {
      const old = await listFootage(options);
      this.#recovering = Promise.all([this.#recovering, recoverFootage(old, options)]).then(() => undefined);
    } catch (error) {
      // Viewers are served all the same, and the recorders tell what is wrong with the disk.
      options.log.error('footage of an earlier run cannot be listed', { error });
    }
  }
}
