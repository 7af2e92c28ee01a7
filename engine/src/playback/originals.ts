import { lookAtSealed, type SealedLook, UnsealError, Unsealed } from '../recorder/index.ts';
import type { Footage } from './covered-library.ts';
import { Library, type LibraryOptions, type SealedPlace } from './library.ts';
import { DamagedFootage, PlaybackRefusal } from './refusal.ts';
import type { FootageHandle } from './store.ts';

/** What the key of a sealed file is asked for with; `grant` says for whom. */
export interface KeyQuestion {
  readonly stream_id: string;
  readonly filename: string;
  readonly key_id: string;
  readonly ephemeral: string;
  readonly grant: string;
}

/** Gives the key of a file; `shut` when it may not be had, undefined when nobody can tell now. */
export type AskKey = (question: KeyQuestion) => Promise<Buffer | 'shut' | undefined>;

/**
 * Recorded originals for one request of somebody who may see them. Nothing is remembered behind it, neither keys nor
 * what files hold; files that do not open are not there.
 */
export function originalFootage(options: LibraryOptions, ask: AskKey, grant: string): Footage {
  const keys = new Map<string, ReturnType<AskKey>>();
  const keyOf = ({ streamId, name }: SealedPlace, { head }: SealedLook): ReturnType<AskKey> => {
    const { keyId: key_id, ephemeral } = head;
    const known =
      keys.get(ephemeral) ?? ask({ stream_id: streamId, filename: name, key_id, ephemeral, grant });
    keys.set(ephemeral, known);
    return known;
  };
  return new Library({ ...options, unsealed: (place, sealed) => open(place, sealed, keyOf) });
}

async function open(
  place: SealedPlace,
  sealed: FootageHandle,
  keyOf: (place: SealedPlace, look: SealedLook) => ReturnType<AskKey>,
): Promise<FootageHandle | undefined> {
  try {
    const look = await lookAtSealed(sealed);
    // A file of another stream that was put here says so itself, and its key is another one.
    if (look && look !== 'torn' && look.records.length > 0) {
      const key = await keyOf(place, look);
      if (key === undefined) throw new PlaybackRefusal(503, 'nobody can open originals just now');
      if (key !== 'shut') return new UnsealedHandle(sealed, look, key);
    }
  } catch (error) {
    await sealed.close();
    throw error;
  }
  await sealed.close();
  return undefined;
}

/** The MP4 inside a sealed file. It has no path: nobody else could read it there. */
class UnsealedHandle implements FootageHandle {
  readonly size: number;
  readonly modified: number;
  readonly closed: boolean;
  readonly #sealed: FootageHandle;
  readonly #plain: Unsealed;

  constructor(sealed: FootageHandle, look: SealedLook, key: Buffer) {
    this.#sealed = sealed;
    this.#plain = new Unsealed(sealed, look, key);
    this.size = this.#plain.size;
    this.modified = sealed.modified;
    this.closed = look.closed;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    try {
      return await this.#plain.read(offset, length);
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      throw new DamagedFootage();
    }
  }

  close(): Promise<void> {
    return this.#sealed.close();
  }
}
