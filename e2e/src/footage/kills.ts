import { setTimeout as pause } from 'node:timers/promises';
import { SyntheticCameras } from '../cameras/synthetic.ts';
import { eventually } from '../harness/eventually.ts';
import { Installation } from '../harness/installation.ts';
import { seededRandom } from '../harness/random.ts';
import { decodeComplaints, probe } from './ffmpeg.ts';
import { recordsAgain } from './files-grow.ts';
import { type FootageFile, footage, strangers } from './footage.ts';
import { KnownPictures, type Shown } from './known-pictures.ts';
import { lastPictureTime, minuteDifference } from './sighting.ts';

export interface KillsOptions {
  readonly seed: number;
  readonly kills: number;
  /** Of so many files one is decoded, and the clock in its last picture read. */
  readonly oneIn: number;
  /** Starts an installation; those that are killed beside each other are started one after the other. */
  readonly start?: (begin: () => Promise<Installation>) => Promise<Installation>;
}

/** What kills of the engine cost; all that must not be is in `wrong`. */
export interface KillsReport {
  /** Milliseconds from each start to each camera's next footage. */
  readonly resumed: readonly number[];
  /** Milliseconds of footage up to each kill that are not in each camera's file, by the camera's clock. */
  readonly lost: readonly number[];
  readonly files: number;
  readonly decoded: number;
  /** See `Shown`. */
  readonly skips: number;
  /** Kills in all, with those while the engine was starting. */
  readonly kills: number;
  readonly wrong: readonly string[];
}

/** A stream's newest file when the engine was killed. */
interface Cut {
  readonly id: string;
  readonly path: string;
  /** UTC milliseconds. */
  readonly killedAt: number;
}

/** A row of the index. */
interface Promised {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
}

const CAMERAS = 4;
const RESUME_TIMEOUT_MS = 15_000;
/** Within this long after the cameras are recorded again the engine is killed: any moment of a part. */
const KILLED_WITHIN_MS = 1200;
/** A camera begins with the key picture before: so much of the file before a kill may be in the one behind it too. */
const GOP_MS = 2000;
/** A file with its head alone is smaller. */
const HEAD = 4096;

/** Kills the engine of a new installation with four cameras again and again, and looks at all that is left. */
export async function killsOfOneEngine(options: KillsOptions): Promise<KillsReport> {
  await using cameras = await SyntheticCameras.start({ count: CAMERAS });
  const begin = () => Installation.start();
  await using installation = await (options.start?.(begin) ?? begin());
  const ids = cameras.urls.map((_, index) => `cam-${index + 1}`);
  for (const [index, id] of ids.entries()) {
    const source_url = cameras.urls[index]!;
    await installation.api.addStream({ id, source_url, recording: { enabled: true } });
  }
  await recordsAgain(installation, ids, new Set(), RESUME_TIMEOUT_MS);
  const run = new Kills(installation, ids, options);
  for (let kill = 1; kill <= options.kills; kill++) await run.kill(kill);
  await run.processesAre([installation.engine.pid, installation.server.pid]);
  await run.indexIsComplete();
  await installation.drain();
  for (const [index, id] of ids.entries())
    await run.filesAreWhole(id, await KnownPictures.of(cameras.clips[index]!), cameras);
  return run.report();
}

class Kills {
  readonly #installation: Installation;
  readonly #ids: readonly string[];
  readonly #oneIn: number;
  readonly #random: () => number;
  readonly #cuts = new Map<string, Cut>();
  readonly #resumed: number[] = [];
  readonly #lost: number[] = [];
  readonly #wrong: string[] = [];
  #files = 0;
  #skips = 0;
  #decoded = 0;
  #kills = 0;

  constructor(installation: Installation, ids: readonly string[], { seed, oneIn }: KillsOptions) {
    this.#installation = installation;
    this.#ids = ids;
    this.#oneIn = oneIn;
    this.#random = seededRandom(seed);
  }

  /** At a random moment; every fourth time once more while the engine starts and mends its files. */
  async kill(kill: number): Promise<void> {
    const installation = this.#installation;
    await pause(this.#random() * KILLED_WITHIN_MS);
    const promised = await this.#acknowledged();
    const killedAt = Date.now();
    await this.#killNow();
    for (const id of this.#ids) {
      const { path } = (await footage(installation.dataDir, id)).at(-1)!;
      this.#cuts.set(path, { id, path, killedAt });
    }
    if (kill % 4 === 0) {
      await installation.startEngine();
      await pause(this.#random() * 600);
      await this.#killNow();
    }
    const known = await this.#withFootage();
    await installation.startEngine();
    const resumed = await recordsAgain(installation, this.#ids, known, RESUME_TIMEOUT_MS).catch(
      (error: unknown) => {
        throw new Error(`kill ${kill}: ${String(error)}\n${installation.logs()}`, { cause: error });
      },
    );
    this.#resumed.push(...resumed);
    await this.#nothingWent(promised, kill);
  }

  async processesAre(expected: readonly number[]): Promise<void> {
    const alive = (await this.#installation.processes()).map(({ pid }) => pid);
    for (const pid of alive) if (!expected.includes(pid)) this.#wrong.push(`process ${pid} is left`);
    for (const pid of expected) if (!alive.includes(pid)) this.#wrong.push(`process ${pid} is gone`);
  }

  /** The index and the disk name the same closed files with the same sizes. */
  async indexIsComplete(): Promise<void> {
    for (const id of this.#ids) {
      const look = () => this.#indexAgrees(id);
      await eventually(`the index of ${id} to be complete`, look, { timeoutMs: 20_000, everyMs: 200 }).catch(
        (error: unknown) => this.#wrong.push(String(error)),
      );
    }
  }

  /**
   * Each file is read whole by ffprobe without a word and holds the camera's pictures byte by byte;
   * of the file before it holds what the camera begins with alone. One in so many is decoded whole by ffmpeg.
   */
  async filesAreWhole(id: string, pictures: KnownPictures, cameras: SyntheticCameras): Promise<void> {
    const { dataDir } = this.#installation;
    for (const name of await strangers(dataDir, id)) this.#wrong.push(`beside the footage of ${id}: ${name}`);
    let before: Shown | undefined;
    for (const { path } of await footage(dataDir, id)) {
      try {
        const shown = pictures.look((await probe(path, { hashes: true })).video?.packets ?? []);
        const step = before && minuteDifference(pictures.clock(shown.first) - pictures.clock(before.last));
        if (step !== undefined && step <= -GOP_MS)
          this.#wrong.push(`${path} begins ${-step} ms before the end of the file before it`);
        before = shown;
        this.#skips += shown.skips;
        if (this.#files++ % this.#oneIn === 0) await this.#decode(path, pictures.clock(shown.last));
        const cut = this.#cuts.get(path);
        const filmed = cut && cameras.clockAt(this.#ids.indexOf(id), cut.killedAt);
        if (filmed !== undefined) this.#lost.push(minuteDifference(filmed - pictures.clock(shown.last)));
      } catch (error) {
        this.#wrong.push(`${path}: ${String(error)}`);
      }
    }
  }

  report(): KillsReport {
    return {
      resumed: this.#resumed,
      lost: this.#lost,
      files: this.#files,
      skips: this.#skips,
      decoded: this.#decoded,
      kills: this.#kills,
      wrong: this.#wrong,
    };
  }

  async #killNow(): Promise<void> {
    await this.#installation.engine.kill();
    this.#kills++;
  }

  /** Files that hold pictures. One without goes at the next start, and its name may be taken again at once. */
  async #withFootage(): Promise<Set<string>> {
    const files = this.#ids.map((id) => footage(this.#installation.dataDir, id));
    return new Set(
      (await Promise.all(files)).flat().flatMap(({ bytes, path }) => (bytes > HEAD ? path : [])),
    );
  }

  async #acknowledged(): Promise<Promised[]> {
    const { api } = this.#installation;
    const rows = this.#ids.map(async (id) => (await api.recordings(id)).map((row) => ({ id, ...row })));
    return (await Promise.all(rows)).flat();
  }

  /** What the server told of before a kill is in the files after it. */
  async #nothingWent(promised: readonly Promised[], kill: number): Promise<void> {
    const listed = this.#ids.map(
      async (id) => [id, await footage(this.#installation.dataDir, id)] as [string, FootageFile[]],
    );
    const files = new Map(await Promise.all(listed));
    for (const { id, filename, size } of promised) {
      const file = files.get(id)?.find((one) => one.filename === filename);
      if ((file?.bytes ?? 0) < size)
        this.#wrong.push(`${id}/${filename} after kill ${kill}: ${file?.bytes} of ${size} bytes`);
    }
  }

  async #indexAgrees(id: string): Promise<boolean> {
    const rows = await this.#installation.api.recordings(id);
    const files = new Map(
      (await footage(this.#installation.dataDir, id)).map((file) => [file.filename, file]),
    );
    const names = rows.map((row) => row.filename).sort();
    const odd = new Set(names).symmetricDifference(new Set(files.keys()));
    if (odd.size > 0) throw new Error(`in the index or on disk alone: ${[...odd].join(', ')}`);
    for (const { filename, closed, size } of rows) {
      const { bytes } = files.get(filename)!;
      if (closed && bytes !== size) throw new Error(`${filename}: ${bytes} bytes, ${size} in the index`);
    }
    return true;
  }

  /** Decodes a file whole; the clock in its last picture is the one its bytes are known by. */
  async #decode(path: string, clock: number): Promise<void> {
    this.#decoded++;
    const complaints = await decodeComplaints(path);
    if (complaints !== '') this.#wrong.push(`${path}: ${complaints}`);
    const seen = await lastPictureTime(path);
    if (seen !== clock)
      this.#wrong.push(`${path}: ends at ${seen} ms by its picture, at ${clock} by its bytes`);
  }
}
