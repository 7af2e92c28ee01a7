import { randomBytes } from 'node:crypto';
import type { Database } from '../database/index.ts';
import type { Jobs } from '../jobs/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../kernel/index.ts';
import { Captures, type EngineFootage, type KeptFiles, notThere } from '../recordings/kept/index.ts';
import {
  type About,
  type Bookmark,
  type BookmarkQuery,
  thumbnailFile,
  videoFile,
  windowOf,
} from './bookmark.ts';
import { bookmarkStore } from './store.ts';

/** What becomes of a bookmark. */
export interface BookmarkHappening {
  type: 'bookmark.created' | 'bookmark.ready' | 'bookmark.failed' | 'bookmark.updated' | 'bookmark.removed';
  stream_id: string;
  bookmark_id: string;
}

/** What a bookmark is made from. */
export interface NewBookmark extends About, Pick<Bookmark, 'streamId' | 'source' | 'createdBy' | 'owner'> {
  /** UTC milliseconds. */
  center: number;
  beforeSeconds: number;
  afterSeconds: number;
}

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  jobs: Jobs;
  files: KeptFiles;
  footage: EngineFootage;
  happened: (happening: BookmarkHappening) => void;
  /** The windows that are waited for have changed. */
  awaited: () => void;
}

/** Milliseconds for which the engine may wait for the newest parts of a window to be durable. */
const NEWEST_MS = 8_000;
/** The job that makes the picture of the very moment, where that of a key frame was taken in a hurry. */
const EXACT_PICTURE = 'bookmark_picture';
/** Milliseconds by which it lets others go first. */
const HURRY_MS = 2_000;
/** Pixels across. */
const THUMBNAIL_WIDTH = 640;

/** Clips of streams around a moment, with what somebody, mostly a program, says of them. */
export class Bookmarks {
  readonly #options: Options;
  readonly #captures: Captures;
  /** Windows whose end is still to come, by id: what the engine must hold for them. */
  readonly #awaited = new Map<string, { streamId: string; seconds: number }>();

  constructor(options: Options) {
    this.#options = options;
    this.#captures = new Captures({
      kind: 'bookmark',
      jobs: options.jobs,
      clock: options.clock,
      take: (id, signal) => this.#take(id, signal),
      failed: (id, why) => this.#failed(id, why),
    });
    options.jobs.define(EXACT_PICTURE, {
      concurrency: 1,
      resumable: true,
      run: ({ request }, { signal }) => this.#exactPicture((request as { id: string }).id, signal),
    });
  }

  /** Removes files that no row names; before anything is taken. */
  async start(): Promise<void> {
    const { database, files, log } = this.#options;
    const removed = await files.sweep(async (streamId) => {
      const ids = await bookmarkStore.idsOf(database.sql, streamId);
      return new Set(ids.flatMap((id) => [videoFile(id), thumbnailFile(id)]));
    });
    if (removed > 0) log.warn({ files: removed }, 'files of no bookmark were removed');
  }

  /** Takes up what was not done; whenever the rows are others. */
  async resume(): Promise<void> {
    const open = await bookmarkStore.unsettled(this.#options.database.sql);
    for (const bookmark of open) this.#await(bookmark);
    await this.#captures.resume(
      open.map(({ id, streamId, owner, ...at }) => ({ id, streamId, owner, due: windowOf(at).end })),
    );
  }

  /** Files of streams that are gone go too. */
  streamsChanged(streams: ReadonlySet<string>): Promise<number> {
    return this.#options.files.dropStreams(streams);
  }

  /**
   * Seconds back from now that the engine is to hold of each stream, should it not be recorded: so many, and as
   * many more as windows need that are not over.
   */
  preroll(streamIds: readonly string[], usual: number): Record<string, number> {
    const needed = new Map(streamIds.map((id) => [id, usual]));
    for (const { streamId, seconds } of this.#awaited.values()) {
      const now = needed.get(streamId);
      if (now !== undefined) needed.set(streamId, Math.max(now, seconds + NEWEST_MS / 1000));
    }
    return Object.fromEntries([...needed].filter(([, seconds]) => seconds > 0));
  }

  /**
   * Makes a bookmark. When its window is over the clip is there on return, else later. Throws NOT_FOUND where
   * there is no footage, and ENGINE_UNAVAILABLE; then there is no bookmark.
   */
  async create(wish: NewBookmark): Promise<Bookmark> {
    const { database, clock } = this.#options;
    const { center, ...about } = wish;
    const now = isoNow(clock);
    const bookmark: Bookmark = {
      ...about,
      id: `bm-${randomBytes(8).toString('hex')}`,
      centerAt: new Date(center).toISOString(),
      ...{ status: 'pending', error: null, clip: null, thumbnail: false, version: 1 },
      ...{ createdAt: now, updatedAt: now },
    };
    await database.together((sql) => bookmarkStore.insert(sql, bookmark));
    this.#tell('bookmark.created', bookmark);
    this.#await(bookmark);
    const { id, streamId, owner } = bookmark;
    try {
      await this.#captures.begin({ id, streamId, owner, due: windowOf(bookmark).end });
    } catch (error) {
      await bookmarkStore.remove(database.sql, id);
      this.#tell('bookmark.removed', bookmark);
      throw error;
    }
    return this.get(id);
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Bookmark> {
    const bookmark = await bookmarkStore.find(this.#options.database.sql, id);
    if (!bookmark) throw notFound(id);
    return bookmark;
  }

  list(query: BookmarkQuery): Promise<{ bookmarks: Bookmark[]; total: number }> {
    return bookmarkStore.list(this.#options.database.sql, query);
  }

  /** Changes what is said of it; its files stay as they are. Throws NOT_FOUND, PRECONDITION_FAILED. */
  async update(bookmark: Bookmark, patch: Partial<About>): Promise<Bookmark> {
    const { database, clock } = this.#options;
    const { label, eventType, confidence, tags } = { ...bookmark, ...patch };
    const about = { label, eventType, confidence, tags, at: isoNow(clock) };
    if (!(await bookmarkStore.update(database.sql, bookmark, about)))
      throw new DomainError('PRECONDITION_FAILED', 'it was changed meanwhile');
    this.#tell('bookmark.updated', bookmark);
    return this.get(bookmark.id);
  }

  /** Removes it with its files. Throws NOT_FOUND. */
  async remove({ id, streamId }: Pick<Bookmark, 'id' | 'streamId'>): Promise<void> {
    const { database, files } = this.#options;
    if (!(await bookmarkStore.remove(database.sql, id))) throw notFound(id);
    this.#settled(id);
    await files.remove(streamId, [videoFile(id), thumbnailFile(id)]);
    this.#tell('bookmark.removed', { id, streamId });
  }

  /** Folder and name of its clip. Throws NOT_FOUND, and CONFLICT while there is none yet. */
  video(bookmark: Bookmark): { folder: string; name: string } {
    if (bookmark.clip === null) throw notThere(bookmark);
    return { folder: this.#options.files.of(bookmark.streamId), name: videoFile(bookmark.id) };
  }

  /** Folder and name of its picture. Throws NOT_FOUND, and CONFLICT while there is none yet. */
  thumbnail(bookmark: Bookmark): { folder: string; name: string } {
    if (bookmark.clip === null) throw notThere(bookmark);
    if (!bookmark.thumbnail) throw new DomainError('NOT_FOUND', 'This bookmark has no picture');
    return { folder: this.#options.files.of(bookmark.streamId), name: thumbnailFile(bookmark.id) };
  }

  async #take(id: string, signal: AbortSignal): Promise<void> {
    const { database, clock, files } = this.#options;
    const bookmark = await bookmarkStore.find(database.sql, id);
    if (!bookmark || bookmark.status === 'ready') return;
    const { streamId } = bookmark;
    await database.together((sql) => bookmarkStore.processing(sql, id, isoNow(clock)));
    // The picture in the middle of the newest footage is there once the clip is.
    const fresh = clock.utc() - windowOf(bookmark).end < NEWEST_MS;
    const taken = this.#clip(bookmark, signal);
    const shown = fresh ? taken.then(() => this.#picture(bookmark, signal)) : this.#picture(bookmark, signal);
    const [clip, picture] = await both(taken, shown);
    const thumbnail = picture !== 'none';
    const made = { clip, thumbnail, at: isoNow(clock) };
    if (await database.together((sql) => bookmarkStore.ready(sql, id, made))) {
      this.#settled(id);
      this.#tell('bookmark.ready', bookmark);
      if (picture === 'near') await this.#pictureLater(bookmark);
    } else await files.remove(streamId, [videoFile(id), thumbnailFile(id)]);
  }

  async #clip(bookmark: Bookmark, signal: AbortSignal) {
    const { footage, files, clock } = this.#options;
    const { start, end } = windowOf(bookmark);
    const waitMs = Math.max(0, NEWEST_MS - Math.max(0, clock.utc() - end));
    const answer = await footage.clip(bookmark.streamId, { start, end, waitMs }, signal);
    const written = await files.write(bookmark.streamId, videoFile(bookmark.id), answer.body);
    return {
      ...written,
      startAt: new Date(answer.start).toISOString(),
      endAt: new Date(answer.end).toISOString(),
      duration: answer.seconds,
    };
  }

  /** `none` where no picture can be made: the clip is worth keeping all the same. */
  async #picture(
    bookmark: Bookmark,
    signal: AbortSignal,
    { near = true } = {},
  ): Promise<'exact' | 'near' | 'none'> {
    const { footage, files, log } = this.#options;
    const { streamId, id } = bookmark;
    try {
      const at = windowOf(bookmark).center;
      const still = await footage.still(streamId, { at, width: THUMBNAIL_WIDTH, near }, signal);
      await files.write(streamId, thumbnailFile(id), still.body);
      return still.near ? 'near' : 'exact';
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, bookmark: id }, 'a bookmark has no picture');
      return 'none';
    }
  }

  async #pictureLater({ id, streamId, owner }: Bookmark): Promise<void> {
    const due = this.#options.clock.utc() + HURRY_MS;
    await this.#options.jobs.begin({ kind: EXACT_PICTURE, owner, streamId, request: { id }, due });
  }

  async #exactPicture(id: string, signal: AbortSignal): Promise<{ id: string }> {
    const { database, files } = this.#options;
    const there = () => bookmarkStore.find(database.sql, id);
    const bookmark = await there();
    if (bookmark) await this.#picture(bookmark, signal, { near: false });
    // It may have been removed meanwhile.
    if (bookmark && !(await there())) await files.remove(bookmark.streamId, [thumbnailFile(id)]);
    return { id };
  }

  async #failed(id: string, why: string): Promise<void> {
    const { database, clock, files } = this.#options;
    this.#settled(id);
    await bookmarkStore.failed(database.sql, id, why, isoNow(clock));
    const bookmark = await bookmarkStore.find(database.sql, id);
    if (!bookmark) return;
    await files.remove(bookmark.streamId, [videoFile(id), thumbnailFile(id)]);
    this.#tell('bookmark.failed', bookmark);
  }

  #await(bookmark: Bookmark): void {
    const { start, end } = windowOf(bookmark);
    if (end <= this.#options.clock.utc()) return;
    this.#awaited.set(bookmark.id, { streamId: bookmark.streamId, seconds: (end - start) / 1000 });
    this.#options.awaited();
  }

  #settled(id: string): void {
    if (this.#awaited.delete(id)) this.#options.awaited();
  }

  #tell(type: BookmarkHappening['type'], { id, streamId }: Pick<Bookmark, 'id' | 'streamId'>): void {
    this.#options.happened({ type, stream_id: streamId, bookmark_id: id });
  }
}

/** Both, and the error of the first once the second has ended too: neither goes on behind the other's back. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (two.status === 'rejected') throw two.reason;
  return [one.value, two.value];
}

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `Bookmark '${id}' not found`, { bookmark_id: id });
