import { randomBytes } from 'node:crypto';
import type { Database } from '../database/index.ts';
import type { Jobs } from '../jobs/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../kernel/index.ts';
import { Captures, type EngineFootage, type KeptFiles, notThere } from '../recordings/kept/index.ts';
import { imageFile, type Snapshot, type SnapshotQuery } from './snapshot.ts';
import { snapshotStore } from './store.ts';

/** What becomes of a snapshot. */
export interface SnapshotHappening {
  type: 'snapshot.created' | 'snapshot.ready' | 'snapshot.failed' | 'snapshot.removed';
  stream_id: string;
  snapshot_id: string;
}

/** What a snapshot is made from. */
export interface NewSnapshot
  extends Pick<Snapshot, 'streamId' | 'source' | 'createdBy' | 'owner' | 'metadata'> {
  /** UTC milliseconds; undefined is the picture of now. */
  at: number | undefined;
}

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  jobs: Jobs;
  files: KeptFiles;
  footage: EngineFootage;
  happened: (happening: SnapshotHappening) => void;
}

/** Milliseconds after a moment until its part of the footage is durable. */
const DURABLE_MS = 2_500;

/** Pictures of streams that are kept, with what somebody says of them. */
export class Snapshots {
  readonly #options: Options;
  readonly #captures: Captures;

  constructor(options: Options) {
    this.#options = options;
    this.#captures = new Captures({
      kind: 'snapshot',
      jobs: options.jobs,
      clock: options.clock,
      take: (id, signal) => this.#take(id, signal),
      failed: (id, why) => this.#failed(id, why),
    });
  }

  /** Removes files that no row names; before anything is taken. */
  async start(): Promise<void> {
    const { database, files, log } = this.#options;
    const removed = await files.sweep(
      async (streamId) => new Set((await snapshotStore.idsOf(database.sql, streamId)).map(imageFile)),
    );
    if (removed > 0) log.warn({ files: removed }, 'files of no snapshot were removed');
  }

  /** Takes up what was not done; whenever the rows are others. */
  async resume(): Promise<void> {
    const open = await snapshotStore.unsettled(this.#options.database.sql);
    await this.#captures.resume(
      open.map(({ id, streamId, owner, wantedAt }) => ({
        ...{ id, streamId, owner },
        due: Date.parse(wantedAt) + DURABLE_MS,
      })),
    );
  }

  /** Files of streams that are gone go too. */
  streamsChanged(streams: ReadonlySet<string>): Promise<number> {
    return this.#options.files.dropStreams(streams);
  }

  /**
   * Makes a snapshot. When its moment has been the picture is there on return, else later. Throws NOT_FOUND where
   * there is no footage, and ENGINE_UNAVAILABLE; then there is no snapshot.
   */
  async create({ at, ...about }: NewSnapshot): Promise<Snapshot> {
    const { database, clock } = this.#options;
    const now = isoNow(clock);
    const snapshot: Snapshot = {
      ...about,
      id: `sn-${randomBytes(8).toString('hex')}`,
      wantedAt: at === undefined ? now : new Date(at).toISOString(),
      ...{ status: 'pending', error: null, picture: null, version: 1, createdAt: now, updatedAt: now },
    };
    const { id, streamId, owner } = snapshot;
    await database.together((sql) => snapshotStore.insert(sql, snapshot));
    this.#tell('snapshot.created', snapshot);
    try {
      const durable = at === undefined || at < clock.utc() - DURABLE_MS;
      const due = durable ? clock.utc() : at + DURABLE_MS;
      await this.#captures.begin({ id, streamId, owner, due });
    } catch (error) {
      await snapshotStore.remove(database.sql, id);
      this.#tell('snapshot.removed', snapshot);
      throw error;
    }
    return this.get(id);
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Snapshot> {
    const snapshot = await snapshotStore.find(this.#options.database.sql, id);
    if (!snapshot) throw notFound(id);
    return snapshot;
  }

  list(query: SnapshotQuery): Promise<{ snapshots: Snapshot[]; total: number }> {
    return snapshotStore.list(this.#options.database.sql, query);
  }

  /** Removes it with its file. Throws NOT_FOUND. */
  async remove({ id, streamId }: Pick<Snapshot, 'id' | 'streamId'>): Promise<void> {
    const { database, files } = this.#options;
    if (!(await snapshotStore.remove(database.sql, id))) throw notFound(id);
    await files.remove(streamId, [imageFile(id)]);
    this.#tell('snapshot.removed', { id, streamId });
  }

  /** Folder and name of its picture. Throws NOT_FOUND, and CONFLICT while there is none yet. */
  image(snapshot: Snapshot): { folder: string; name: string } {
    if (snapshot.picture === null) throw notThere(snapshot);
    return { folder: this.#options.files.of(snapshot.streamId), name: imageFile(snapshot.id) };
  }

  async #take(id: string, signal: AbortSignal): Promise<void> {
    const { database, clock, files, footage } = this.#options;
    const snapshot = await snapshotStore.find(database.sql, id);
    if (!snapshot || snapshot.status === 'ready') return;
    const { streamId, source, wantedAt } = snapshot;
    await database.together((sql) => snapshotStore.processing(sql, id, isoNow(clock)));
    const now = source === 'live' && wantedAt === snapshot.createdAt;
    const still = now
      ? await footage.picture(streamId, signal)
      : await footage.still(streamId, { at: Date.parse(wantedAt) }, signal);
    const { bytes } = await files.write(streamId, imageFile(id), still.body);
    const picture = { takenAt: new Date(still.at).toISOString(), bytes };
    if (await database.together((sql) => snapshotStore.ready(sql, id, picture, isoNow(clock))))
      this.#tell('snapshot.ready', snapshot);
    else await files.remove(streamId, [imageFile(id)]);
  }

  async #failed(id: string, why: string): Promise<void> {
    const { database, clock, files } = this.#options;
    await snapshotStore.failed(database.sql, id, why, isoNow(clock));
    const snapshot = await snapshotStore.find(database.sql, id);
    if (!snapshot) return;
    await files.remove(snapshot.streamId, [imageFile(id)]);
    this.#tell('snapshot.failed', snapshot);
  }

  #tell(type: SnapshotHappening['type'], { id, streamId }: Pick<Snapshot, 'id' | 'streamId'>): void {
    this.#options.happened({ type, stream_id: streamId, snapshot_id: id });
  }
}

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `Snapshot '${id}' not found`, { snapshot_id: id });
