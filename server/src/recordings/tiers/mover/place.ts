import type { Readable } from 'node:stream';
import type { Cargo } from '../place.ts';

/** The name of a file in a place. */
export type Item = Pick<Cargo, 'streamId' | 'filename'>;
/** A file with all that is known of it. */
export type Known = Cargo & { sha256: string };
/** Waits as long as `bytes` need by the limit. */
export type Pace = (bytes: number) => Promise<void>;

/** Where footage can lie. Every verb may be repeated, and throws MoveError. */
export interface Place {
  /** The file itself, where it is one on this machine. */
  path(item: Item): string | undefined;
  /** All bytes, from the first on. */
  read(item: Item): Promise<Readable>;
  /**
   * Takes over a copy of a local file. Resolves when the copy is durable and known to have the digest: said by the
   * store, or read back.
   */
  put(file: string, cargo: Known, pace: Pace): Promise<void>;
  /** A file that is not there is removed. */
  remove(item: Item): Promise<void>;
  close(): void;
}
