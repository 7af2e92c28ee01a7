import { publishKeyHash } from '@nightjar/contract/link';
import type { Streams } from '../streams/index.ts';

/** Which stream a publish key feeds, for a server in front that asks before it passes media on. */
export class PublishKeys {
  readonly #streams: Pick<Streams, 'desired'>;
  #byHash: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(streams: Pick<Streams, 'desired'>) {
    this.#streams = streams;
  }

  /** Streams are others, or have other keys. */
  changed(): void {
    this.#byHash = undefined;
  }

  /** The running stream that a key feeds; undefined for a key that is wrong, was replaced, or feeds none now. */
  async streamOf(key: string): Promise<string | undefined> {
    this.#byHash ??= this.#read();
    const reading = this.#byHash;
    try {
      return (await reading).get(publishKeyHash(key));
    } catch (error) {
      if (this.#byHash === reading) this.#byHash = undefined;
      throw error;
    }
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    const streams = (await this.#streams.desired()).filter(({ running }) => running);
    return new Map(
      streams.flatMap(({ id, source }) =>
        source.publish_key_hash === undefined ? [] : [[source.publish_key_hash, id] as const],
      ),
    );
  }
}
