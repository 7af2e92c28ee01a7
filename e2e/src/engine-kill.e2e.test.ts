import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import {
  decodeComplaints,
  eventually,
  footage,
  Installation,
  lastPictureTime,
  minuteDifference,
  probeFootage,
  recordsAgain,
  SyntheticCameras,
  seededRandom,
  testSeed,
} from './harness/index.ts';

const KILLS = Number(process.env['NIGHTJAR_E2E_KILLS'] ?? 20);
/** A part of 1 s that was being filled, and what was between camera and disk at that moment. */
const ONE_PART_MS = 1500;

/** A stream's newest file when the engine was killed. */
interface Cut {
  readonly id: string;
  readonly path: string;
  /** UTC milliseconds. */
  readonly killedAt: number;
}

interface Acknowledged {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
}

async function acknowledged(installation: Installation, ids: readonly string[]): Promise<Acknowledged[]> {
  const rows = await Promise.all(
    ids.map(async (id) => (await installation.api.recordings(id)).map((row) => ({ id, ...row }))),
  );
  return rows.flat();
}

async function pathsOf(installation: Installation, ids: readonly string[]): Promise<string[]> {
  const files = await Promise.all(ids.map((id) => footage(installation.dataDir, id)));
  return files.flat().map((file) => file.path);
}

const spread = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!.toFixed(0);
  return `min ${at(0)}, median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms`;
};

interface Run {
  readonly installation: Installation;
  readonly ids: readonly string[];
  readonly random: () => number;
  readonly cuts: Cut[];
  /** Milliseconds from each kill to each camera's next footage. */
  readonly resumed: number[];
}

/** Kills the engine at a random moment, starts it again, and waits until every camera is recorded again. */
async function killOnce({ installation, ids, random, cuts, resumed }: Run, kill: number): Promise<void> {
  await pause(random() * 4000);
  const promised = await acknowledged(installation, ids);
  const killedAt = Date.now();
  await installation.engine.kill();
  for (const id of ids) {
    const { path } = (await footage(installation.dataDir, id)).at(-1)!;
    cuts.push({ id, path, killedAt });
  }
  if (kill % 4 === 0) {
    // And once more while it starts and mends its files.
    await installation.startEngine();
    await pause(random() * 600);
    await installation.engine.kill();
  }
  const known = new Set(await pathsOf(installation, ids));
  await installation.startEngine();
  resumed.push(...(await recordsAgain(installation, ids, known, 15_000)));
  for (const { id, filename, size } of promised) {
    const file = (await footage(installation.dataDir, id)).find((one) => one.filename === filename);
    expect(file?.bytes, `${id}/${filename} after kill ${kill}`).toBeGreaterThanOrEqual(size);
  }
}

/** Every file is read whole by ffprobe and decoded whole by ffmpeg without a word. */
async function everyFileIsWhole({ installation, ids }: Run): Promise<void> {
  for (const id of ids) {
    const files = await probeFootage(installation.dataDir, id);
    expect(files.length, 'a file for each run').toBeGreaterThan(KILLS);
    for (const file of files) {
      expect(file.video?.packets.length, file.path).toBeGreaterThan(0);
      expect(await decodeComplaints(file.path), file.path).toBe('');
    }
  }
}

describe('kill -9 of the engine', () => {
  const seed = testSeed();

  it(`${KILLS} times while four cameras record, seed ${seed}`, { timeout: 600_000 }, async () => {
    await using cameras = await SyntheticCameras.start({ count: 4 });
    await using installation = await Installation.start();
    const ids = cameras.urls.map((_, index) => `cam-${index + 1}`);
    for (const [index, id] of ids.entries()) {
      const source_url = cameras.urls[index]!;
      await installation.api.addStream({ id, source_url, recording: { enabled: true } });
    }
    await recordsAgain(installation, ids, new Set(), 15_000);

    const run: Run = { installation, ids, random: seededRandom(seed), cuts: [], resumed: [] };
    for (let kill = 1; kill <= KILLS; kill++) await killOnce(run, kill);
    console.log(`seed ${seed}: recording again after ${spread(run.resumed)}`);
    expect(Math.max(...run.resumed)).toBeLessThan(5000);

    const alive = (await installation.processes()).map(({ pid }) => pid).sort();
    expect(alive).toEqual([installation.engine.pid, installation.server.pid].sort());
    await indexIsComplete(installation, ids);
    await installation.drain();
    await everyFileIsWhole(run);

    const lost: number[] = [];
    for (const { id, path, killedAt } of run.cuts) {
      const shown = await lastPictureTime(path);
      lost.push(minuteDifference(cameras.clockAt(ids.indexOf(id), killedAt) - shown));
    }
    console.log(`seed ${seed}: footage lost per camera and kill: ${spread(lost)}`);
    expect(Math.max(...lost)).toBeLessThan(ONE_PART_MS);
  });
});

/** The index and the disk name the same closed files with the same sizes. */
async function indexIsComplete(installation: Installation, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const agree = async () => {
      const rows = await installation.api.recordings(id);
      const files = await footage(installation.dataDir, id);
      expect(rows.map((row) => row.filename).sort()).toEqual(files.map((file) => file.filename));
      for (const row of rows.filter((one) => one.closed)) {
        const path = files.find((file) => file.filename === row.filename)!.path;
        expect((await stat(path)).size, path).toBe(row.size);
      }
      return true;
    };
    await eventually(`the index of ${id} to be complete`, agree, { timeoutMs: 10_000, everyMs: 200 });
  }
}
