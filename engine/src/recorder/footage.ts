import { join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import { listFootage, recoverFootage, tellInventory } from './recovery.ts';
import { segmentStart } from './segment-name.ts';
import { hotFolder, type Storage } from './storage.ts';

/** The files on disk as a whole: repaired at start, listed and deleted on the server's order. */
export class Footage {
  readonly #storage: Storage;
  readonly #fact: (fact: Fact) => void;
  #basePath: string | undefined;
  #preparing: Promise<void> = Promise.resolve();
  #recovering: Promise<void> = Promise.resolve();

  constructor(options: { storage: Storage; fact: (fact: Fact) => void }) {
    this.#storage = options.storage;
    this.#fact = options.fact;
  }

  /**
   * Must resolve before anything is recorded under `basePath`: lists the files a crash may have torn. Their
   * repair goes on beside the recording of new ones.
   */
  prepare(basePath: string): Promise<void> {
    if (basePath === this.#basePath) return this.#preparing;
    this.#basePath = basePath;
    this.#preparing = this.#prepare(basePath);
    return this.#preparing;
  }

  /** Tells every whole segment of a stream that began at or after `since` (UTC ms). */
  async tell(streamId: string, since: number): Promise<void> {
    await this.#preparing;
    await this.#recovering;
    if (this.#basePath === undefined) return;
    const options = { storage: this.#storage, basePath: this.#basePath, fact: this.#fact };
    await tellInventory(streamId, since, options);
  }

  /** Deletes files of a stream; without names the stream's whole folder. Absent files are no error. */
  async remove(streamId: string, filenames: readonly string[] | undefined): Promise<void> {
    if (this.#basePath === undefined) throw new Error('no footage before the first desired state');
    const folder = hotFolder(this.#basePath, streamId);
    if (!filenames) {
      await this.#storage.remove(folder);
      return;
    }
    for (const filename of filenames) {
      if (segmentStart(filename) === undefined) throw new Error('not the name of a segment');
      await this.#storage.remove(join(folder, filename));
    }
  }

  async #prepare(basePath: string): Promise<void> {
    const old = await listFootage(this.#storage, basePath);
    const options = { storage: this.#storage, basePath, fact: this.#fact };
    this.#recovering = recoverFootage(old, options).catch((error: unknown) => {
      console.error('footage of an earlier run could not be repaired', error);
    });
  }
}
