import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SyntheticCameras } from '../cameras/synthetic.ts';
import { eventually } from '../harness/eventually.ts';
import { Installation } from '../harness/installation.ts';
import { seededRandom } from '../harness/random.ts';
import { probeFootage } from './continuity.ts';
import { decodeComplaints } from './ffmpeg.ts';
import { recordsAgain } from './files-grow.ts';
import { footage } from './footage.ts';
import { lastPictureTime, minuteDifference } from './sighting.ts';

export interface KillsOptions {
  readonly seed: number;
  readonly kills: number;
  /** Of so many files one is decoded from its first picture to its last. */
  readonly oneIn: number;
}

/** What kills of the engine cost; all that must not be is in `wrong`. */
export interface KillsReport {
  /** Milliseconds from each start to each camera's next footage. */
  readonly resumed: readonly number[];
  /** Milliseconds of footage up to each kill that are not in each camera's file, by the clock in its last picture. */
  readonly lost: readonly number[];
  readonly files: number;
  readonly decoded: number;
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

const CAMERAS = 4;
const RESUME_TIMEOUT_MS = 15_000;
/** Within this long after the cameras are recorded again the engine is killed: any moment of a part and of a GOP. */
const KILLED_WITHIN_MS = 2000;
/** A file with its head alone is smaller. */
const HEAD = 4096;

/** Kills the engine of a new installation with four cameras again and again, and looks at all that is left. */
export async function killsOfOneEngine(options: KillsOptions): Promise<KillsReport> {
  await using cameras = await SyntheticCameras.start({ count: CAMERAS });
  await using installation = await Installation.start();
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
  await run.filesAreWhole(cameras);
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
    for (const { id, filename, size } of promised) {
      const file = (await footage(installation.dataDir, id)).find((one) => one.filename === filename);
      if ((file?.bytes ?? 0) < size)
        this.#wrong.push(`${id}/${filename} after kill ${kill}: ${file?.bytes} of ${size} bytes`);
    }
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

  /** Each file is read whole by ffprobe, one in so many is decoded whole by ffmpeg, both without a word. */
  async filesAreWhole(cameras: SyntheticCameras): Promise<void> {
    for (const id of this.#ids) {
      for (const { path, video } of await probeFootage(this.#installation.dataDir, id)) {
        if (!video?.packets.length) this.#wrong.push(`${path} has no picture`);
        if (this.#files++ % this.#oneIn === 0) await this.#decode(path);
        const cut = this.#cuts.get(path);
        if (cut) await this.#see(cut, cameras).catch((error: unknown) => this.#wrong.push(String(error)));
      }
    }
  }

  report(): KillsReport {
    return {
      resumed: this.#resumed,
      lost: this.#lost,
      files: this.#files,
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

  async #acknowledged(): Promise<{ id: string; filename: string; size: number }[]> {
    const { api } = this.#installation;
    const rows = this.#ids.map(async (id) => (await api.recordings(id)).map((row) => ({ id, ...row })));
    return (await Promise.all(rows)).flat();
  }

  async #indexAgrees(id: string): Promise<boolean> {
    const rows = await this.#installation.api.recordings(id);
    const files = await footage(this.#installation.dataDir, id);
    const names = rows.map((row) => row.filename).sort();
    if (names.join() !== files.map(({ filename }) => filename).join())
      throw new Error(`${names.length} rows, ${files.length} files`);
    for (const row of rows.filter((one) => one.closed)) {
      const { path } = files.find((file) => file.filename === row.filename)!;
      const { size } = await stat(path);
      if (size !== row.size) throw new Error(`${path}: ${size} bytes, ${row.size} in the index`);
    }
    return true;
  }

  async #decode(path: string): Promise<void> {
    this.#decoded++;
    const complaints = await decodeComplaints(path);
    if (complaints !== '') this.#wrong.push(`${path}: ${complaints}`);
  }

  async #see({ id, path, killedAt }: Cut, cameras: SyntheticCameras): Promise<void> {
    const shown = await lastPictureTime(path);
    this.#lost.push(minuteDifference(cameras.clockAt(this.#ids.indexOf(id), killedAt) - shown));
  }
}
