import type { Tier } from '@nightjar/contract/footage';
import type { Fact, SegmentGrowth } from '@nightjar/contract/link';
import { type Database, type Sql, unchanged } from '../database/index.ts';
import { type Clock, DomainError, invalid, isoNow, type Log } from '../kernel/index.ts';
import { type Activity, RecordingActivity } from './activity.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { Doubts } from './doubts.ts';
import { type SegmentFact, segmentOf } from './from-fact.ts';
import { growSegments } from './growth-store.ts';
import {
  type DayOfFootage,
  distantRemovals,
  type FootageDeleted,
  type Forecast,
  forecastOf,
  type Limits,
  limitsStore,
  previewOf,
  Removal,
  type Removed,
  ratesOf,
  type Scope,
  type WouldDelete,
} from './keeping/index.ts';
import type { FootageTotals, RemovalReason, Segment, SegmentQuery } from './segment.ts';
import { sparing } from './sparing.ts';
import { segmentStore } from './store.ts';
import { verificationStore } from './verification-store.ts';

/** The engine as this room needs it; both reject while it is away or when it refuses. */
export interface FootageEngine {
  /** Answers with facts of every segment that began at or after `since`, all of them before it settles. */
  inventory(streamId: string, since: string): Promise<void>;
  /** Without filenames: everything of the stream. */
  deleteFootage(streamId: string, filenames?: readonly string[]): Promise<void>;
}

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** Something happened that others want to hear of. */
  happened: (happening: FootageDeleted) => void;
}

const DAY_MS = 86_400_000;
const MAX_COVERAGE_MS = 31 * DAY_MS;
const EPOCH = '1970-01-01T00:00:00.000Z';
const iso = (time: string | number): string => new Date(time).toISOString();
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** The index of footage, made of the engine's facts: the files are the truth. */
export class Recordings {
  readonly #options: Options;
  readonly #removal: Removal;
  readonly #totals: () => Promise<ReadonlyMap<string, FootageTotals>>;
  #known: { at: number; days: readonly DayOfFootage[] } | undefined;
  readonly #activity = new RecordingActivity();
  /** Filenames heard of while an inventory of the stream runs. */
  readonly #heard = new Map<string, Set<string>>();
  readonly #doubts: Doubts;
  /** Facts of segments that were closed before. */
  readonly #repeated = new WeakSet<Fact>();

  constructor(options: Options) {
    this.#options = options;
    this.#removal = new Removal(options);
    const { database, clock } = options;
    this.#doubts = new Doubts(async (id) => (await segmentStore.uncertainSince(database.sql, id)) ?? EPOCH);
    this.#totals = sparing(
      clock,
      unchanged(
        () => database.changes('segments'),
        () => segmentStore.totalsByStream(database.sql),
      ),
    );
  }

  /** Newest first, with the totals of all that match. */
  async list(query: SegmentQuery): Promise<{ segments: Segment[]; totals: FootageTotals }> {
    const { sql } = this.#options.database;
    return { segments: await segmentStore.find(sql, query), totals: await segmentStore.totals(sql, query) };
  }

  /** What was recorded from a time (ISO 8601) to another or now, and what is missing; 31 days at most. */
  async coverage(
    streamId: string,
    range: { from: string; to?: string | undefined; originals?: boolean },
  ): Promise<Coverage & { from: string; to: string }> {
    const from = Date.parse(range.from);
    const to = range.to === undefined ? this.#options.clock.utc() : Date.parse(range.to);
    if (to <= from) throw invalid('to', 'must be later than from');
    if (to - from > MAX_COVERAGE_MS) throw invalid('to', 'must be within 31 days of from');
    const asked = { from: iso(range.from), to: iso(to) };
    const { originals } = range;
    const of = { streamId, ...asked, ...(originals === undefined ? {} : { originals }) };
    const spans = await segmentStore.spans(this.#options.database.sql, of);
    return { ...asked, ...coverageOf(spans, { from, to }) };
  }

  /** Share of the last 24 hours, or of the time since `since`, of which there is footage; undefined for none. */
  async completeness(streamId: string, since: string): Promise<number | undefined> {
    const dayAgo = this.#options.clock.utc() - DAY_MS;
    const from = Math.max(dayAgo, Date.parse(since));
    if (from >= this.#options.clock.utc()) return undefined;
    const { recorded, seconds } = await this.coverage(streamId, { from: new Date(from).toISOString() });
    return Math.min(1, recorded / seconds);
  }

  totals(streamId: string, range: { from?: string; to?: string } = {}): Promise<FootageTotals> {
    return segmentStore.totals(this.#options.database.sql, { streamId, ...range });
  }

  /** Of every stream that has footage. Not to be changed. */
  totalsByStream(): Promise<ReadonlyMap<string, FootageTotals>> {
    return this.#totals();
  }

  activity(streamId: string): Activity | undefined {
    return this.#activity.of(streamId);
  }

  /** The activity once `holds` is true of it, or as it is after `ms`. */
  async awaitActivity(
    streamId: string,
    holds: (activity: Activity | undefined) => boolean,
    ms: number,
  ): Promise<Activity | undefined> {
    let late = ms <= 0;
    let changed = Promise.withResolvers<void>();
    const unwatch = this.#activity.watch(() => changed.resolve());
    const cancel = this.#options.clock.after(ms, () => {
      late = true;
      changed.resolve();
    });
    while (!late && !holds(this.activity(streamId))) {
      await changed.promise;
      changed = Promise.withResolvers<void>();
    }
    unwatch();
    cancel();
    return this.activity(streamId);
  }

  /** Stores a fact of footage; other kinds and unsafe names change nothing. */
  async store(sql: Sql, fact: Fact): Promise<void> {
    if (!('filename' in fact)) return;
    if (!this.#isSafe(fact)) return;
    if (fact.kind === 'segment.deleted') {
      await segmentStore.remove(sql, fact.stream_id, [fact.filename]);
    } else if (fact.kind === 'segment.hashed') {
      const { stream_id: streamId, filename, bytes, sha256 } = fact;
      await verificationStore.setDigest(sql, { streamId, filename, bytes, sha256 });
    } else {
      const again =
        fact.kind === 'segment.closed' && (await segmentStore.isClosed(sql, fact.stream_id, fact.filename));
      if (again) this.#repeated.add(fact);
      if (fact.kind === 'segment.grown') await this.storeGrowth(sql, [fact]);
      else await segmentStore.put(sql, segmentOf(fact));
    }
  }

  /** Stores how far segments have grown, each once; unsafe names change nothing. */
  async storeGrowth(sql: Sql, facts: readonly SegmentGrowth[]): Promise<void> {
    const safe = facts.filter((fact) => this.#isSafe(fact)).map(segmentOf);
    for (const unknown of await growSegments(sql, safe)) await segmentStore.put(sql, unknown);
  }

  #isSafe({ stream_id: stream, filename }: SegmentFact): boolean {
    if (SAFE_NAME.test(filename)) return true;
    this.#options.log.warn({ stream }, 'the engine named a file in an unsafe way');
    return false;
  }

  /** Whether a stored fact said something that was not known before. */
  isNews(fact: Fact): boolean {
    return !this.#repeated.has(fact);
  }

  /** Shows a fact; called once it is stored. */
  observe(fact: Fact): void {
    this.#activity.apply(fact);
    if ('filename' in fact && fact.kind !== 'segment.deleted') {
      this.#heard.get(fact.stream_id)?.add(fact.filename);
    }
  }

  engineAway(): void {
    this.#activity.forgetAll();
    this.#heard.clear();
  }

  /** Before an engine that has come tells anything: notes since when the index of streams is in doubt. */
  engineComes(streamIds: readonly string[]): Promise<void> {
    return this.#doubts.note(streamIds);
  }

  /** Makes the index of a stream equal to the files. */
  async reconcile(streamId: string, engine: FootageEngine): Promise<void> {
    const { database, log } = this.#options;
    const doubt = await this.#doubts.of(streamId);
    const { since } = doubt;
    const heard = new Set<string>();
    this.#heard.set(streamId, heard);
    try {
      await engine.inventory(streamId, since);
      const gone = await database.transaction((sql) =>
        segmentStore.removeUnseen(sql, streamId, since, heard),
      );
      this.#doubts.settle(streamId, doubt);
      if (gone.length > 0)
        log.warn({ stream: streamId, files: gone.length }, 'indexed footage is gone from disk');
    } finally {
      this.#heard.delete(streamId);
    }
  }

  /** Notes, in the transaction that removes a stream, that its files are to go. */
  async streamRemoved(sql: Sql, streamId: string, recorded: boolean): Promise<void> {
    const { count } = await segmentStore.totals(sql, { streamId });
    await distantRemovals.ofStream(sql, streamId);
    if (recorded || count > 0) await segmentStore.addDeletion(sql, streamId, isoNow(this.#options.clock));
    this.#activity.forget(streamId);
    this.#doubts.settle(streamId);
  }

  async footagePending(streamId: string): Promise<boolean> {
    return (await segmentStore.deletions(this.#options.database.sql)).includes(streamId);
  }

  /** Has the files of removed streams deleted; what fails is tried again at the next call. */
  async deletePending(engine: FootageEngine): Promise<void> {
    const { sql } = this.#options.database;
    for (const streamId of await segmentStore.deletions(sql)) {
      await engine.deleteFootage(streamId);
      await segmentStore.deletionDone(sql, streamId);
    }
  }

  /** Bytes of all footage, or of a scope. */
  totalBytes(scope: Scope = {}): Promise<number> {
    return limitsStore.bytes(this.#options.database.sql, scope);
  }

  /** Keeps a segment whatever the limits say, or no longer. Throws NOT_FOUND. */
  async protect(streamId: string, filename: string, on: boolean): Promise<Segment> {
    const segment = await segmentStore.protect(this.#options.database.sql, { streamId, filename }, on);
    if (!segment) throw new DomainError('NOT_FOUND', 'No such recording');
    return segment;
  }

  /** Deletes one file because somebody asked for it. Throws CONFLICT for one that is protected, or not closed. */
  async discard(segment: Segment, engine: FootageEngine): Promise<void> {
    if (segment.protected) throw new DomainError('CONFLICT', 'The recording is protected');
    if (segment.endAt === null) throw new DomainError('CONFLICT', 'The recording is still being written');
    await this.#removal.files([segment], 'request', engine);
  }

  /** Deletes closed segments that ended before `endedBefore`, oldest first; answers how many. */
  deleteOlder(streamId: string, endedBefore: string, engine: FootageEngine): Promise<number> {
    return this.#removal.older(streamId, endedBefore, engine);
  }

  /** The same of a tier. */
  deleteOlderIn(tier: Tier, endedBefore: string, engine: FootageEngine): Promise<number> {
    return this.#removal.olderIn(tier, endedBefore, engine);
  }

  /** Deletes the oldest closed and unprotected footage of a scope until `bytes` are gone, or none is left. */
  deleteOldest(
    bytes: number,
    reason: RemovalReason,
    where: { engine: FootageEngine; scope?: Scope | undefined },
  ): Promise<Removed> {
    return this.#removal.oldest(bytes, reason, where);
  }

  /** What limits would delete if they were set now. */
  preview(limits: Limits): Promise<WouldDelete> {
    return previewOf(this.#options.database.sql, limits, this.#options.clock.utc());
  }

  /** It goes through the whole index: once in a minute is enough. */
  async #days(): Promise<readonly DayOfFootage[]> {
    const now = this.#options.clock.monotonic();
    if (!this.#known || now - this.#known.at > 60_000)
      this.#known = { at: now, days: await limitsStore.days(this.#options.database.sql) };
    return this.#known.days;
  }

  /** When footage must go before its time, if cameras go on as in the last two days. */
  async forecast(limits: { days: (streamId: string) => number; room: number }): Promise<Forecast> {
    const now = this.#options.clock.utc();
    const footage = await this.#days();
    return forecastOf({ now, footage, rates: ratesOf(footage, now), ...limits });
  }
}
