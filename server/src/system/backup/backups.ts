import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Role, Scope, StreamId } from '@nightjar/contract';
import { type Database, readSnapshot, restoreRows, type SnapshotRows } from '../../database/index.ts';
import {
  type Clock,
  createSerial,
  DomainError,
  hasCode,
  invalid,
  isoNow,
  type Log,
  type Settings,
} from '../../kernel/index.ts';
import { packBackup, unpackBackup } from './archive.ts';
import { ArchiveError } from './tar.ts';

interface Options {
  database: Database;
  settings: Settings;
  clock: Clock;
  log: Log;
  version: string;
  /** Where the work is done; its files are removed afterwards. */
  scratch: string;
  /** Throws when the secrets of a restored stream cannot be opened with this installation's key. */
  openable: (stream: SnapshotRows['streams'][number]) => void;
  /** Everything that was known of streams is another. */
  restored: () => void;
}

/** What is done, and how far it is. */
export interface Job {
  id: string;
  status: 'running' | 'completed' | 'failed';
  /** Percent. */
  progress: number;
  /** Name in the folder of the backups. */
  file: string;
  /** Bytes, once it is there. */
  size: number | null;
  error: string | null;
}

const scopes = (json: string | undefined): unknown => Scope.array().parse(JSON.parse(json ?? '[]'));

/** Throws on rights that this program does not know: nobody could be judged by them. */
function checkRights({ people, api_tokens, api_clients }: SnapshotRows): void {
  for (const person of people) {
    Role.parse(person.role);
    scopes(person.extra_scopes);
  }
  for (const machine of [...api_tokens, ...api_clients]) scopes(machine.scopes);
  const leads = people.some(({ role, disabled }) => role === 'admin' && disabled === 0);
  if (people.length > 0 && !leads) throw new Error('it leaves no administrator');
}

const JOBS_KEPT = 100;
const MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024;

/** Makes and reads backups, one job after another; jobs are kept in memory. */
export class Backups {
  readonly #options: Options;
  readonly #jobs = new Map<string, Job>();
  readonly #inTurn = createSerial();
  #last: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws NOT_FOUND. */
  job(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw new DomainError('NOT_FOUND', `No job with ID '${id}'`, { job_id: id });
    return job;
  }

  /** Begins a backup under a name that is not taken. Throws INVALID_CONFIGURATION. */
  async create(name?: string): Promise<Job> {
    const now = isoNow(this.#options.clock);
    const file =
      name ?? `nightjar-${now.replace(/[-:]|\.\d+/g, '')}-${randomBytes(2).toString('hex')}.tar.gz`;
    if ((await this.#sizeOf(file)) !== undefined) throw invalid('destination', 'is there already');
    return this.#begin('backup', file, (job) => this.#backup(job));
  }

  /** Begins a restore of a backup that is there. Throws INVALID_CONFIGURATION. */
  async restore(file: string, what: { config: boolean; state: boolean }): Promise<Job> {
    if ((await this.#sizeOf(file)) === undefined) throw invalid('backup_file', 'no such backup');
    return this.#begin('restore', file, (job) => this.#restore(job, what));
  }

  /** Settles when nothing is being done. */
  close(): Promise<void> {
    return this.#last;
  }

  get #folder(): string {
    return this.#options.settings.config.backup.path;
  }

  async #sizeOf(file: string): Promise<number | undefined> {
    try {
      return (await stat(join(this.#folder, file))).size;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #begin(kind: string, file: string, work: (job: Job) => Promise<void>): Job {
    const id = `${kind}-${randomBytes(4).toString('hex')}`;
    const job: Job = { id, status: 'running', progress: 0, file, size: null, error: null };
    this.#jobs.set(id, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > JOBS_KEPT && oldest !== undefined) this.#jobs.delete(oldest);
    this.#last = this.#inTurn(() => this.#run(job, work));
    return job;
  }

  async #run(job: Job, work: (job: Job) => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#inScratch(() => work(job));
      job.size = (await this.#sizeOf(job.file)) ?? null;
      job.progress = 100;
      job.status = 'completed';
      log.info({ job: job.id, file: job.file }, 'a backup job is done');
    } catch (error) {
      job.status = 'failed';
      const told = error instanceof ArchiveError || error instanceof DomainError;
      job.error = told ? error.message : 'an internal error ended the job';
      log.error({ err: error, job: job.id }, 'a backup job failed');
    }
  }

  /** Works with an empty folder, which is gone before anybody is told of the end. */
  async #inScratch(work: () => Promise<void>): Promise<void> {
    const { scratch } = this.#options;
    // What a crash left.
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    try {
      await work();
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #backup(job: Job): Promise<void> {
    const { database, settings, clock, version, scratch } = this.#options;
    const snapshot = join(scratch, 'snapshot.db');
    await database.snapshot(snapshot, isoNow(clock));
    job.progress = 40;
    const contents = { state: await readFile(snapshot), config: await settings.text() };
    const archive = await packBackup(contents, version, isoNow(clock));
    job.progress = 80;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // Under its name only once it is whole, and never over another.
    await writeFile(join(this.#folder, job.file), archive, { flag: 'wx', mode: 0o600, flush: true });
  }

  async #restore(job: Job, what: { config: boolean; state: boolean }): Promise<void> {
    const { database, settings, clock } = this.#options;
    if (((await this.#sizeOf(job.file)) ?? 0) > MAX_ARCHIVE_BYTES) {
      throw new ArchiveError('the archive is too large');
    }
    const { state, config } = await unpackBackup(await readFile(join(this.#folder, job.file)));
    job.progress = 30;
    const rows = what.state ? await this.#rowsOf(state) : undefined;
    const text = what.config ? config : undefined;
    if (text !== undefined) settings.check(text);
    job.progress = 60;
    await database.transaction(async (sql) => {
      if (rows) await restoreRows(sql, rows, isoNow(clock));
      // Last before the commit: what fails here undoes the rows.
      if (text !== undefined) await settings.replace(text);
    });
    job.progress = 90;
    if (text !== undefined) await settings.reload();
    if (rows) this.#options.restored();
  }

  /** Rows that this installation can use. */
  async #rowsOf(state: Buffer): Promise<SnapshotRows> {
    const { scratch, clock, log, openable } = this.#options;
    const path = join(scratch, 'restored.db');
    await writeFile(path, state, { mode: 0o600 });
    try {
      const rows = readSnapshot(path, isoNow(clock));
      for (const stream of rows.streams) {
        StreamId.parse(stream.id);
        openable(stream);
      }
      checkRights(rows);
      return rows;
    } catch (error) {
      log.warn({ err: error }, 'the state in a backup cannot be used');
      throw new ArchiveError('the state is damaged, of a newer version, or sealed with another key');
    }
  }
}
