import { DISTANT_URL_SECONDS, type DistantFile } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import { segmentStart } from '../../recorder/index.ts';
import type { FootageHandle } from '../store.ts';
import type { TimeRange } from '../time-range.ts';
import { DistantHandle } from './distant-handle.ts';
import { RangeReader, type StoreGuard } from './range-reader.ts';

interface Options {
  /** Whether there is any at all. */
  readonly wanted: () => boolean;
  /** Asks the server; undefined when it does not answer. */
  readonly where: (
    streamId: string,
    start: number,
    end: number,
  ) => Promise<readonly DistantFile[] | undefined>;
  readonly guard: StoreGuard;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
}

interface Known {
  readonly file: DistantFile;
  /** Monotonic milliseconds at which its URL is no longer used. */
  readonly until: number;
}

/** Files whose URLs are kept. */
const KEPT = 4_096;

/** Footage in object stores: found by asking the server, read by the URLs it signs. */
export class DistantFootage {
  readonly #options: Options;
  readonly #reader: RangeReader;
  readonly #known = new Map<string, Known>();

  constructor(options: Options) {
    this.#options = options;
    this.#reader = new RangeReader(options.guard, options.clock);
  }

  /** Names of files that overlap a range, and of their neighbours; undefined when nobody can tell. */
  async names(streamId: string, { start, end }: TimeRange): Promise<string[] | undefined> {
    const { wanted, where, clock } = this.#options;
    if (!wanted()) return [];
    const files = await where(streamId, start, end);
    if (!files) return undefined;
    const until = clock.monotonic() + DISTANT_URL_SECONDS * 1_000;
    for (const file of files) this.#remember(`${streamId}/${file.filename}`, { file, until });
    return files.map(({ filename }) => filename);
  }

  /** Undefined when there is no such file, or nobody can tell. */
  async open(streamId: string, name: string): Promise<FootageHandle | undefined> {
    const key = `${streamId}/${name}`;
    if (!this.#valid(key)) {
      const start = segmentStart(name) ?? 0;
      await this.names(streamId, { start, end: start + 1_000 });
    }
    const known = this.#valid(key);
    return known && new DistantHandle(known.file, this.#reader);
  }

  close(): void {
    this.#reader.close();
  }

  #valid(key: string): Known | undefined {
    const known = this.#known.get(key);
    return known && known.until > this.#options.clock.monotonic() ? known : undefined;
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const oldest = this.#known.keys().next();
    if (this.#known.size > KEPT && !oldest.done) this.#known.delete(oldest.value);
  }
}
