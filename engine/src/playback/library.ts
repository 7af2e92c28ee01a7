import { join } from 'node:path';
import { isSealed } from '@nightjar/contract/link';
import { segmentStart } from '../recorder/index.ts';
import { type DistantFootage, StoreError } from './distant/index.ts';
import { DamagedFootage, PlaybackRefusal } from './refusal.ts';
import { readSegment, type Segment, utcOf } from './segment.ts';
import type { FootageHandle, FootageStore } from './store.ts';
import type { TimeRange } from './time-range.ts';

export interface LibraryOptions {
  readonly store: FootageStore;
  /** Folder of a stream's files; undefined before the engine knows where footage lies. */
  readonly folder: (streamId: string) => string | undefined;
  /** Folders of its files in other tiers. */
  readonly others?: (streamId: string) => readonly string[];
  /** Its files in object stores; without it there are none. */
  readonly distant?: Pick<DistantFootage, 'names' | 'open'> | undefined;
  /** Opens sealed files, which are then the only ones there are; without it they are not there. Takes the handle over. */
  readonly unsealed?: (place: SealedPlace, sealed: FootageHandle) => Promise<FootageHandle | undefined>;
}

/** Which file. */
export interface SealedPlace {
  readonly streamId: string;
  readonly name: string;
}

/** Files one answer may need. */
const MAX_FILES = 2_000;
/** Files opened at the same time. */
const AT_ONCE = 8;
/** Files whose key frames are kept in memory. */
const KEPT = 256;
/** Files from before the range that are looked at: one holds its start, and clocks are set back. */
const FILES_BEFORE = 2;

/** Finds the recorded files of a stream by time. What closed files hold is remembered. */
export class Library {
  readonly #options: LibraryOptions;
  readonly #known = new Map<string, Segment>();
  readonly #reading = new Map<string, Promise<Segment | undefined>>();

  constructor(options: LibraryOptions) {
    this.#options = options;
  }

  /**
   * Segments with footage in the range, oldest first. Throws PlaybackRefusal 404 that names the nearest footage, and
   * DamagedFootage where all there is does not open.
   */
  async find(streamId: string, range: TimeRange): Promise<Segment[]> {
    const { names, certain } = await this.#names(streamId, range);
    const first = names.findIndex((name) => segmentStart(name)! > range.start);
    const from = Math.max(0, (first < 0 ? names.length : first) - FILES_BEFORE);
    const wanted = names.slice(from).filter((name) => segmentStart(name)! < range.end);
    if (wanted.length > MAX_FILES) {
      throw new PlaybackRefusal(400, `the range lies in ${wanted.length} files: ask for a shorter one`);
    }
    const { segments, damaged } = await this.#read(streamId, wanted);
    const inside = segments.filter(
      (segment) => segment.utc < range.end && utcOf(segment, segment.end) > range.start,
    );
    if (inside.length === 0 && !certain)
      throw new PlaybackRefusal(503, 'not all footage can be found just now');
    if (inside.length === 0) throw damaged ?? (await this.#nothing(streamId, names, range));
    return inside.sort((a, b) => a.utc - b.utc);
  }

  /** A file of a stream for reading; the caller closes it. Throws PlaybackRefusal 404. */
  async open(streamId: string, name: string): Promise<FootageHandle> {
    // Names of segments hold neither separators nor dots in front, so nothing outside the folder has one.
    const handle = this.#hasStart(name) ? await this.#open(streamId, name) : undefined;
    if (!handle) throw new PlaybackRefusal(404, 'no such recording');
    return handle;
  }

  /** Oldest first; not certain while nobody can tell what lies in object stores. */
  async #names(streamId: string, range: TimeRange): Promise<{ names: string[]; certain: boolean }> {
    const { store, distant } = this.#options;
    const local = (await Promise.all(this.#folders(streamId).map((folder) => store.list(folder)))).flat();
    const far = distant ? await distant.names(streamId, range) : [];
    const names = new Set([...local, ...(far ?? [])].filter((name) => this.#hasStart(name)));
    return { names: byTime(names), certain: far !== undefined };
  }

  #folders(streamId: string): string[] {
    const { folder, others } = this.#options;
    const hot = folder(streamId);
    return hot === undefined ? [] : [hot, ...(others?.(streamId) ?? [])];
  }

  /** Whether it is the name of a segment, and of the kind that is looked for here. */
  #hasStart(name: string): boolean {
    return segmentStart(name) !== undefined && isSealed(name) === (this.#options.unsealed !== undefined);
  }

  async #open(streamId: string, name: string): Promise<FootageHandle | undefined> {
    const { unsealed } = this.#options;
    const handle = await this.#stored(streamId, name);
    return handle && unsealed ? unsealed({ streamId, name }, handle) : handle;
  }

  /** From the nearest place that has it. */
  async #stored(streamId: string, name: string): Promise<FootageHandle | undefined> {
    const { store, distant } = this.#options;
    for (const folder of this.#folders(streamId)) {
      const handle = await store.open(join(folder, name));
      if (handle) return handle;
    }
    return distant?.open(streamId, name);
  }

  /** One damaged file does not hide the others. */
  async #read(
    streamId: string,
    names: readonly string[],
  ): Promise<{ segments: Segment[]; damaged: DamagedFootage | undefined }> {
    const segments: Segment[] = [];
    let damaged: DamagedFootage | undefined;
    const read = (name: string): Promise<Segment | undefined> =>
      this.#segment(streamId, name).catch((error: unknown) => {
        if (!(error instanceof DamagedFootage)) throw error;
        damaged = error;
        return undefined;
      });
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = await Promise.all(names.slice(at, at + AT_ONCE).map(read));
      for (const segment of some) if (segment) segments.push(segment);
    }
    return { segments, damaged };
  }

  /** One walk at a time for each file: the next one goes on where it ended. */
  async #segment(streamId: string, name: string): Promise<Segment | undefined> {
    const key = `${streamId}/${name}`;
    const known = this.#known.get(key);
    if (known?.closed) {
      this.#remember(key, known);
      return known;
    }
    const reading = this.#reading.get(key) ?? this.#walk(streamId, name, key, known);
    this.#reading.set(key, reading);
    return reading;
  }

  async #walk(
    streamId: string,
    name: string,
    key: string,
    known: Segment | undefined,
  ): Promise<Segment | undefined> {
    try {
      const handle = await this.#open(streamId, name);
      if (!handle) return undefined;
      try {
        const segment = await readSegment(name, handle, known);
        if (segment) this.#remember(key, segment);
        return segment;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof StoreError)
        throw new PlaybackRefusal(503, 'the store of this footage does not answer just now');
      throw error;
    } finally {
      this.#reading.delete(key);
    }
  }

  #remember(key: string, segment: Segment): void {
    this.#known.delete(key);
    this.#known.set(key, segment);
    const oldest = this.#known.keys().next();
    if (this.#known.size > KEPT && !oldest.done) this.#known.delete(oldest.value);
  }

  async #nothing(streamId: string, names: readonly string[], range: TimeRange): Promise<PlaybackRefusal> {
    const before = names.filter((name) => segmentStart(name)! < range.start).slice(-FILES_BEFORE);
    const after = names.filter((name) => segmentStart(name)! + 1000 > range.end).slice(0, FILES_BEFORE);
    const earlier = (await this.#read(streamId, before)).segments;
    const later = (await this.#read(streamId, after)).segments;
    const ends = earlier.map((segment) => utcOf(segment, segment.end)).filter((end) => end <= range.start);
    const starts = later.map(({ utc }) => utc).filter((start) => start >= range.end);
    const words = [
      ...(ends.length > 0 ? [`the one before it ends at ${iso(Math.max(...ends))}`] : []),
      ...(starts.length > 0 ? [`the next one begins at ${iso(Math.min(...starts))}`] : []),
    ];
    const nearest = words.length > 0 ? words.join(', ') : 'there is none at all nearby';
    return new PlaybackRefusal(404, `no footage in this range; ${nearest}`);
  }
}

/** Names of segments among `names`, oldest first. */
function byTime(names: ReadonlySet<string>): string[] {
  const named = [...names].flatMap((name) => {
    const start = segmentStart(name);
    return start === undefined ? [] : [{ name, start }];
  });
  named.sort((a, b) => a.start - b.start || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return named.map(({ name }) => name);
}

const iso = (utc: number): string => new Date(utc).toISOString();
