import { createHash } from 'node:crypto';
import type { Job, JobContext, Jobs } from '../../jobs/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../../kernel/index.ts';
import type { EngineFootage, KeptFiles } from '../kept/index.ts';
import { MANIFEST, type Manifest, PUBLIC_KEY, SIGNATURE, type Signer } from './manifest.ts';
import { cutIn, type ExportRange, moviesOf } from './movies.ts';
import { type ZipEntry, zip } from './zip.ts';

/** What is to be exported. */
export interface ExportWish extends ExportRange {
  streams: readonly string[];
  /** With a manifest of what is in it, signed. */
  signed: boolean;
}

/** What came of it. */
export interface Exported {
  file: string;
  bytes: number;
  sha256: string;
}

interface Options {
  clock: Clock;
  log: Log;
  jobs: Jobs;
  files: KeptFiles;
  footage: Pick<EngineFootage, 'movie'>;
  /** Bytes of footage of a stream in a range, as far as they are known. */
  bytesOf: (streamId: string, range: { from: string; to: string }) => Promise<number>;
  signer: Signer;
}

export const EXPORT = 'export';
/** All exports lie in one folder of the kept files. */
const FOLDER = 'all';
const DAY_MS = 86_400_000;
const KEPT_DAYS = 7;
const HOUR_MS = 3_600_000;
const CHUNK = 256 * 1024;

/** Footage of one camera or several as one file, made as a job and kept for a week. */
export class Exports {
  readonly #options: Options;
  readonly #stop: () => void;

  constructor(options: Options) {
    this.#options = options;
    options.jobs.define(EXPORT, {
      concurrency: 1,
      resumable: true,
      run: (job, context) => this.#run(job, context),
    });
    this.#stop = options.clock.every(HOUR_MS, () => void this.#forget());
  }

  /** Removes what no job names, and what has been kept long enough; before `jobs.start`. */
  start(): Promise<void> {
    return this.#forget();
  }

  close(): void {
    this.#stop();
  }

  begin(owner: string, wish: ExportWish): Promise<Job> {
    return this.#options.jobs.begin({ kind: EXPORT, owner, request: wish });
  }

  /** Streams whose footage is in it. */
  streamsOf({ request }: Pick<Job, 'request'>): readonly string[] {
    return (request as ExportWish).streams;
  }

  /** Folder and name of what came of a job. Throws CONFLICT while there is nothing, NOT_FOUND when it failed. */
  file(job: Job): { folder: string; name: string } {
    const { state, error } = job;
    if (state === 'completed')
      return { folder: this.#options.files.of(FOLDER), name: (job.result as Exported).file };
    if (state === 'waiting' || state === 'running')
      throw new DomainError('CONFLICT', `It is not there yet (${Math.floor(job.progress)} %)`);
    throw new DomainError('NOT_FOUND', error ?? `The export was ${state}`);
  }

  /** Cancels what is under way, and removes the file. */
  async remove(job: Job): Promise<void> {
    const { state, result } = await this.#options.jobs.cancel(job.id);
    if (state === 'completed') await this.#options.files.remove(FOLDER, [(result as Exported).file]);
  }

  async #run(job: Job, context: JobContext): Promise<Exported> {
    const wish = job.request as ExportWish;
    const progress = await this.#meter(wish, context);
    const single = await this.#single(wish, context.signal);
    const name = `${job.id}.${single ? 'mp4' : 'zip'}`;
    const source = single
      ? progress(single)
      : zip(this.#entries(wish, job, { signal: context.signal, progress }));
    const written = await this.#options.files.write(FOLDER, name, source);
    return { file: name, ...written };
  }

  /** Counts what passes against the bytes of the recorded files. */
  async #meter({ streams, start, end }: ExportWish, { progress, signal }: JobContext) {
    let expected = 1;
    for (const id of streams) expected += await this.#options.bytesOf(id, { from: start, to: end });
    let done = 0;
    return async function* count(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        signal.throwIfAborted();
        for (let at = 0; at < chunk.length; at += CHUNK) yield chunk.subarray(at, at + CHUNK);
        done += chunk.length;
        progress((done / expected) * 100);
      }
    };
  }

  async *#entries(
    wish: ExportWish,
    job: Job,
    {
      signal,
      progress,
    }: { signal: AbortSignal; progress: (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> },
  ): AsyncGenerator<ZipEntry> {
    const files: Manifest['files'] = [];
    for (const id of wish.streams) {
      const { footage } = this.#options;
      try {
        for await (const { name, body } of moviesOf(id, wish, (range) => footage.movie(id, range, signal))) {
          const hash = createHash('sha256');
          const fact = { name, stream_id: id, bytes: 0 };
          yield { name, body: hashed(progress(body), hash, fact) };
          files.push({ ...fact, sha256: hash.digest('hex') });
        }
      } catch (error) {
        // One camera without footage is no reason to give none of the others.
        if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
        const nothing = createHash('sha256').digest('hex');
        const name = `${id}.mp4`;
        files.push({ name, stream_id: id, bytes: 0, sha256: nothing, missing: error.message });
      }
    }
    if (files.every(({ missing }) => missing !== undefined))
      throw new DomainError('NOT_FOUND', files[0]!.missing);
    yield* this.#manifest(wish, job, files);
  }

  async *#manifest(wish: ExportWish, job: Job, files: Manifest['files']): AsyncGenerator<ZipEntry> {
    const { clock, signer } = this.#options;
    const manifest: Manifest = {
      format: 'nightjar-export-1',
      created_at: isoNow(clock),
      created_by: job.owner,
      start: wish.start,
      end: wish.end,
      files,
    };
    const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
    yield { name: MANIFEST, body: of(text) };
    if (!wish.signed) return;
    yield { name: SIGNATURE, body: of(signer.sign(text)) };
    yield { name: PUBLIC_KEY, body: of(Buffer.from(signer.publicKey)) };
  }

  /** The one movie that an export is; undefined when it is more than that. */
  async #single({ streams, signed, start, end, gaps }: ExportWish, signal: AbortSignal) {
    if (streams.length > 1 || signed) return undefined;
    const range = { start: Date.parse(start), end: Date.parse(end), gaps };
    try {
      return (await this.#options.footage.movie(streams[0]!, range, signal)).body;
    } catch (error) {
      if (cutIn(error) === undefined) throw error;
      return undefined;
    }
  }

  async #forget(): Promise<void> {
    const { clock, files, jobs, log } = this.#options;
    const before = new Date(clock.utc() - KEPT_DAYS * DAY_MS).toISOString();
    try {
      const kept = new Set<string>();
      for (let offset = 0; ; offset += 500) {
        const { jobs: page, total } = await jobs.list({ kind: EXPORT, limit: 500, offset });
        for (const job of page) for (const name of namesOf(job, before)) kept.add(name);
        if (offset + page.length >= total) break;
      }
      await files.sweep(async () => kept, { running: true });
    } catch (error) {
      log.warn({ err: error }, 'old exports could not be removed');
    }
  }
}

/** What a job may have as a file: what it made, unless that was before `before`, or is to make. */
function namesOf({ id, state, result, endedAt }: Job, before: string): string[] {
  if (state === 'waiting' || state === 'running') return [`${id}.mp4`, `${id}.zip`];
  return state === 'completed' && endedAt! > before ? [(result as Exported).file] : [];
}

async function* of(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function* hashed(
  source: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
  fact: { bytes: number },
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk);
    fact.bytes += chunk.length;
    yield chunk;
  }
}
