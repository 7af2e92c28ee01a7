import { expect, it } from 'vitest';
import { type KillsReport, killsOfOneEngine, testSeed } from './harness/index.ts';

/** Some in each run of the suite, all by `npm run soak`; `NIGHTJAR_E2E_KILLS` asks for another number. */
const KILLS = Number(process.env['NIGHTJAR_E2E_KILLS'] ?? (process.env['NIGHTJAR_SOAK'] ? 2000 : 50));
/** Engines with four cameras each, killed beside each other. */
const AT_ONCE = 5;
/** Of one engine: so many files a camera can be looked at in one answer. */
const MAX_OF_ONE = 100;
/** Every file in the suite, some of them where there are many; the bytes of each are looked at in either case. */
const DECODED_ONE_IN = KILLS > 50 ? 10 : 1;
/** A part of 1 s that was being filled, and what was between camera and disk at that moment. */
const ONE_PART_MS = 1500;
/** From the start of an engine beside four others, on two cores: 2.4 s at the 95th percentile, 3.3 s at most in 125. */
const RESUMED_MS = 5_000;

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!.toFixed(0);
  return `min ${at(0)}, median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms`;
}

const seed = testSeed();

it(`${KILLS} times kill -9 while four cameras record, seed ${seed}`, { timeout: 7_200_000 }, async () => {
  const reports: KillsReport[] = [];
  let left = KILLS;
  let last: Promise<unknown> = Promise.resolve();
  const start = <T>(begin: () => Promise<T>): Promise<T> => {
    const begun = last.then(begin);
    last = begun.catch(() => undefined);
    return begun;
  };
  const engines = Array.from({ length: AT_ONCE }, async (_, engine) => {
    for (let round = 0; left > 0; round++) {
      const kills = Math.min(left, MAX_OF_ONE, Math.ceil(KILLS / AT_ONCE));
      left -= kills;
      const options = { seed: seed + engine + round * AT_ONCE, kills, oneIn: DECODED_ONE_IN, start };
      const report = await killsOfOneEngine(options);
      reports.push(report);
      if (KILLS > MAX_OF_ONE) console.log(tell(reports));
    }
  });
  await Promise.all(engines);
  console.log(tell(reports));
  expect(reports.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(Math.max(...reports.flatMap(({ resumed }) => resumed))).toBeLessThan(RESUMED_MS);
  expect(Math.max(...reports.flatMap(({ lost }) => lost))).toBeLessThan(ONE_PART_MS);
});

function tell(reports: readonly KillsReport[]): string {
  const sum = (of: (report: KillsReport) => number) => reports.reduce((all, report) => all + of(report), 0);
  const all = (of: (report: KillsReport) => readonly number[]) =>
    spread(reports.flatMap((one) => [...of(one)]));
  return [
    `${sum(({ kills }) => kills)} kills, seed ${seed}: ${sum(({ files }) => files)} files read whole by ffprobe, each picture the camera's byte by byte`,
    `${sum(({ skips }) => skips)} times the camera left out pictures because it was late`,
    `${sum(({ decoded }) => decoded)} decoded whole by ffmpeg, ${sum(({ wrong }) => wrong.length)} wrong or missing`,
    `footage lost per camera and kill: ${all(({ lost }) => lost)}`,
    `recording again after ${all(({ resumed }) => resumed)}`,
  ].join('; ');
}
