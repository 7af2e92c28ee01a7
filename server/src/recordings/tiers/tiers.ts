import type { Tier } from '@nightjar/contract/footage';
import { DISTANT_URL_SECONDS, type DistantFile } from '@nightjar/contract/link';
import type { Database } from '../../database/index.ts';
import { type Clock, DomainError, invalid, isoNow, type Log } from '../../kernel/index.ts';
import { distantStore } from './distant-store.ts';
import { Lane } from './lane.ts';
import { MoveError, type Mover } from './mover/index.ts';
import type { BucketSpec, PlaceSpec } from './place.ts';
import { dueMoves } from './policy.ts';
import { presignGet } from './presign.ts';
import { type Placement, placeOf, tiersInUse } from './settings.ts';
import { type Job, type Move, tierStore } from './store.ts';

/** Footage went to another tier, or is gone from one. */
export type TierHappening =
  | { type: 'segment.moved'; stream_id: string; filename: string; from: Tier; to: Tier; size: number }
  | { type: 'segment.deleted'; stream_id: string; filename: string; reason: string; size: number };

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  mover: Pick<Mover, 'do' | 'close'>;
  placement: () => Placement;
  /** Folder for files on their way between two stores. */
  scratch: string;
  /** Bytes free on the hot tier's disk. */
  freeBytes: () => Promise<number | undefined>;
  /** false: the clock stepped, and ages are not to be trusted. */
  agesHold: () => boolean;
  happened: (happening: TierHappening) => void;
}

/** A tier as it is now. */
export interface TierView {
  tier: Tier;
  kind: 'folder' | 'bucket' | null;
  files: number;
  bytes: number;
  /** Start of the oldest footage in it; ISO 8601. */
  oldest: string | null;
  /** Files on their way to it, and those that were given up. */
  queued: number;
  givenUp: number;
  /** Why nothing goes on just now. */
  fault: string | null;
}

const TIERS: readonly Tier[] = ['hot', 'warm', 'cold', 'archived'];
/** Of a copy that nobody was told of. */
const UNWANTED = 'unwanted';
const PLAN_MS = 10_000;
const DAY_MS = 86_400_000;

/** Moves footage between its tiers by policy or wish, and knows where each file is. */
export class Tiers {
  readonly #options: Options;
  readonly #lanes: ReadonlyMap<Tier, Lane<Job>>;
  readonly #cancelPlan: () => void;
  /** Only the engine deletes what it recorded; rejects while it is away. */
  engine: { deleteFootage(streamId: string, filenames: readonly string[]): Promise<void> } | undefined;
  #planning: Promise<void> | undefined;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    const { clock, log, database } = options;
    this.#lanes = new Map(
      TIERS.map((tier) => [
        tier,
        new Lane({
          ...{ clock, log, name: tier },
          next: () => tierStore.next(database.sql, tier),
          work: (job) => this.#work(job),
        }),
      ]),
    );
    this.#cancelPlan = clock.every(PLAN_MS, () => void this.plan());
  }

  /** Asks for what the policy wants moved now, and goes on with what was asked for before; never rejects. */
  plan(): Promise<void> {
    this.#planning ??= this.#plan()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'no moves could be planned'))
      .finally(() => {
        this.#planning = undefined;
      });
    return this.#planning;
  }

  /** Wants a closed file in another tier. Throws NOT_FOUND, INVALID_CONFIGURATION. */
  async move(streamId: string, filename: string, to: Tier, staysUntil: string | null = null): Promise<void> {
    if (!this.inUse().includes(to)) throw invalid('tier', `there is no ${to} tier: set it up first`);
    const from = await distantStore.tierOf(this.#options.database.sql, streamId, filename);
    if (from === undefined) throw new DomainError('NOT_FOUND', 'No such recording, or it is still written');
    if (from === to) return;
    if (await tierStore.leaves(this.#options.database.sql, { streamId, filename }))
      throw new DomainError('CONFLICT', 'The recording has just moved: try again in some seconds');
    const askedAt = isoNow(this.#options.clock);
    const move: Move = { streamId, filename, from, to, reason: 'asked', askedAt, staysUntil };
    await tierStore.ask(this.#options.database.sql, [move]);
    this.#wake();
  }

  /** Wants a file back on the hot tier, for `days`. Throws as {@link move} does. */
  restore(streamId: string, filename: string, days: number): Promise<void> {
    const until = new Date(this.#options.clock.utc() + days * DAY_MS).toISOString();
    return this.move(streamId, filename, 'hot', until);
  }

  /** Tiers that footage can be in, newest first. */
  inUse(): Tier[] {
    return tiersInUse(this.#options.placement());
  }

  /** What is deleted from single tiers: by age, and from the last one by bytes, for nothing comes after it. */
  limits(): { tier: Tier; days: number | null; maxBytes: number | null }[] {
    const { config } = this.#options.placement();
    const inUse = this.inUse();
    return inUse.map((tier) => ({
      tier,
      days: tier === 'hot' ? null : config[tier].retention_days,
      maxBytes: tier === inUse.at(-1) ? config[tier].max_bytes : null,
    }));
  }

  /** What the engine must know to play from every tier. */
  desired(): { other_folders?: string[]; distant?: boolean } {
    const places = TIERS.slice(1).map((tier) => placeOf(tier, this.#options.placement()));
    const folders = places.flatMap((place) =>
      isPlace(place) && place.kind === 'folder' ? [place.path] : [],
    );
    return {
      ...(folders.length > 0 ? { other_folders: folders } : {}),
      ...(places.some((place) => isPlace(place) && place.kind === 'bucket') ? { distant: true } : {}),
    };
  }

  /** The files in buckets that overlap a range (ISO 8601) of a stream, and their neighbours, with signed URLs. */
  async where(streamId: string, from: string, to: string): Promise<DistantFile[]> {
    const { database, clock, placement } = this.#options;
    const at = { utc: clock.utc(), seconds: DISTANT_URL_SECONDS * 2 };
    const places = placement();
    const files = await distantStore.around(database.sql, { streamId, from, to });
    return files.flatMap(({ tier, filename, bytes, end }) => {
      const place = placeOf(tier, places);
      if (!isPlace(place) || place.kind !== 'bucket') return [];
      return [{ filename, bytes, end, url: presignGet(keyOf(place, streamId, filename), place, at) }];
    });
  }

  /** Every tier that is set up or holds something. */
  async overview(): Promise<TierView[]> {
    const { held, queued } = await tierStore.overview(this.#options.database.sql);
    return TIERS.map((tier) => {
      const place = placeOf(tier, this.#options.placement());
      const found = held.find((row) => row.tier === tier);
      const count = (given: boolean): number =>
        queued
          .filter((row) => row.tier === tier && (row.error !== null) === given)
          .reduce((sum, { files }) => sum + files, 0);
      return {
        tier,
        kind: isPlace(place) ? place.kind : null,
        ...{ files: found?.files ?? 0, bytes: found?.bytes ?? 0, oldest: found?.oldest ?? null },
        ...{ queued: count(false), givenUp: count(true) },
        fault: typeof place === 'string' ? place : (this.#lanes.get(tier)?.fault ?? null),
      };
    });
  }

  /** Leaves what is under way: it is done again after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPlan();
    await this.#options.mover.close();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    await this.#planning;
  }

  #wake(): void {
    for (const lane of this.#lanes.values()) lane.wake();
  }

  async #plan(): Promise<void> {
    const { database, clock, placement, freeBytes, agesHold } = this.#options;
    const { config } = placement();
    const tiers = this.inUse();
    await tierStore.forgetLost(database.sql);
    if (tiers.length > 1 && agesHold() && !this.#closed) {
      const free = config.hot.min_free_bytes === null ? undefined : await freeBytes();
      const situation = { config, tiers, now: clock.utc(), freeBytes: free };
      const moves = await dueMoves(database.sql, situation);
      await database.transaction((sql) => tierStore.ask(sql, moves));
    }
    if (!this.#closed) this.#wake();
  }

  async #work(job: Job): Promise<void> {
    if (job.kind === 'copy') await this.#copy(job);
    else if (job.kind === 'leave') await this.#leave(job.move);
    else await this.#remove(job);
  }

  async #copy({ move, cargo }: Extract<Job, { kind: 'copy' }>): Promise<void> {
    const { database, mover, scratch, placement, happened, log } = this.#options;
    const { sql } = database;
    if (!cargo) return tierStore.done(sql, move);
    const [from, to] = [this.#place(move.from), this.#place(move.to)];
    const pace = placement().config.bytes_per_second;
    let sha256: string;
    try {
      sha256 = (await mover.do({ kind: 'copy', from, to, cargo, pace, scratch })) ?? '';
    } catch (error) {
      if (!(error instanceof MoveError) || error.kind === 'store') throw error;
      log.error({ stream: move.streamId, file: move.filename, err: error }, 'footage stays where it is');
      return tierStore.givenUp(sql, move, error.message);
    }
    const outcome = await database.transaction(async (inside) => {
      const found = await tierStore.arrived(inside, move, sha256);
      if (found === 'counts') return found;
      // Nobody knows of the copy: it goes.
      const { streamId, filename, to: tier } = move;
      await tierStore.addRemoval(inside, { tier, streamId, filename, bytes: cargo.bytes, reason: UNWANTED });
      if (found === 'gone') await tierStore.done(inside, move);
      return found;
    });
    this.#wake();
    if (outcome !== 'counts') return;
    const { streamId: stream_id, filename } = move;
    happened({ type: 'segment.moved', stream_id, filename, from: move.from, to: move.to, size: cargo.bytes });
  }

  /** The copy counts: the original goes. */
  async #leave(move: Move): Promise<void> {
    await this.#removeFrom(move.from, move);
    await tierStore.done(this.#options.database.sql, move);
  }

  async #remove({
    tier,
    streamId,
    filename,
    bytes,
    reason,
  }: Extract<Job, { kind: 'remove' }>): Promise<void> {
    await this.#removeFrom(tier, { streamId, filename });
    await tierStore.removed(this.#options.database.sql, { tier, streamId, filename });
    if (reason === UNWANTED) return;
    this.#options.happened({ type: 'segment.deleted', stream_id: streamId, filename, reason, size: bytes });
  }

  async #removeFrom(tier: Tier, { streamId, filename }: Pick<Move, 'streamId' | 'filename'>): Promise<void> {
    if (tier !== 'hot') {
      await this.#options.mover.do({ kind: 'remove', at: this.#place(tier), streamId, filename });
      return;
    }
    if (!this.engine) throw new MoveError('store', 'the engine is away');
    await this.engine.deleteFootage(streamId, [filename]).catch((error: unknown) => {
      throw new MoveError('store', 'the engine is away', { cause: error });
    });
    // Told by an inventory while the original was still there.
    await distantStore.forgetHot(this.#options.database.sql, streamId, filename);
  }

  #place(tier: Tier): PlaceSpec {
    const place = placeOf(tier, this.#options.placement());
    if (isPlace(place)) return place;
    throw new MoveError('store', place ?? `the ${tier} tier is not set up any more`);
  }
}

const isPlace = (place: PlaceSpec | string | undefined): place is PlaceSpec => typeof place === 'object';

const keyOf = ({ prefix }: BucketSpec, streamId: string, filename: string): string =>
  `${prefix}${streamId}/${filename}`;
