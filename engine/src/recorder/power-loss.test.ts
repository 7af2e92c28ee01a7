import { expect, it } from 'vitest';
import type { Storage } from './storage.ts';
import { PowerLossRun, restart } from './testing/power-loss.ts';
import { SEEDED_BUGS } from './testing/seeded-bugs.ts';
import { FATES, type Fate, type Mishap, type SimulatedDisk } from './testing/simulated-disk.ts';

/** Power cuts: some in each run of the suite, all by `npm run soak`. */
const CUTS = process.env['NIGHTJAR_SOAK'] ? 20_000 : 300;
/** Cuts within which each seeded bug must show. */
const ENOUGH = 400;
const SECONDS = 10;

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One run to a power cut, some with a failing or short call before it; what the next start finds wrong. */
async function cut(
  seed: number,
  storageOf?: (disk: SimulatedDisk) => Storage,
  sealed = false,
): Promise<string[]> {
  const random = seeded(seed);
  const nth = 1 + Math.floor(random() * 120);
  const fate: Fate = FATES[Math.floor(random() * FATES.length)]!;
  const share = random();
  const faulty = random() < 0.4 ? 1 + Math.floor(random() * nth) : 0;
  const last = faulty + Math.floor(random() * 3);
  const kind: Mishap = (['EIO', 'ENOSPC', 'short'] as const)[Math.floor(random() * 3)];
  const run = new PowerLossRun(storageOf, sealed);
  run.cutAt(nth, (_, index) => (faulty > 0 && index >= faulty && index <= last ? kind : undefined));
  await run.go(SECONDS);
  return run.aftermath(fate, share);
}

it(`nothing that was told is lost in ${CUTS} power cuts`, async () => {
  const violations: string[] = [];
  for (let seed = 1; seed <= CUTS; seed++)
    for (const wrong of await cut(seed)) violations.push(`seed ${seed}: ${wrong}`);
  expect(violations).toEqual([]);
  console.info(`${CUTS} power cuts, seeds 1 to ${CUTS}: 0 violations`);
}, 3_600_000);

it(`the same of sealed originals in ${CUTS / 3} power cuts: files are mended without a key`, async () => {
  const violations: string[] = [];
  for (let seed = 1; seed <= CUTS / 3; seed++)
    for (const wrong of await cut(seed, undefined, true)) violations.push(`seed ${seed}: ${wrong}`);
  expect(violations).toEqual([]);
  console.info(`${CUTS / 3} power cuts over sealed files, seeds 1 to ${CUTS / 3}: 0 violations`);
}, 3_600_000);

it('a run that ended without a power cut leaves nothing at work', async () => {
  const run = new PowerLossRun();
  await run.go(SECONDS);
  await run.aftermath('lost', 0);
  expect(process.getActiveResourcesInfo()).not.toContain('Immediate');
});

it.each(Object.entries(SEEDED_BUGS))(
  'a storage with the bug "%s" is caught',
  async (name, storageOf) => {
    let seed = 1;
    let wrong: string[] = [];
    for (; seed <= ENOUGH && wrong.length === 0; seed++) wrong = await cut(seed, storageOf);
    expect(wrong).not.toEqual([]);
    console.info(`${name}: caught by seed ${seed - 1}: ${wrong[0]}`);
  },
  120_000,
);

it('an I/O fault at any call of record, rotate, delete and record again loses nothing and ends nothing', async () => {
  const whole = new PowerLossRun();
  await whole.go(SECONDS);
  const { calls } = whole.disk;
  const found: string[] = [];
  const kinds: Mishap[] = ['EIO', 'ENOSPC', 'short'];
  const step = process.env['NIGHTJAR_SOAK'] ? 1 : 3;
  for (const kind of kinds) {
    for (let at = 1 + (kinds.indexOf(kind) % step); at <= calls; at += step) {
      const run = new PowerLossRun();
      run.disk.mishap = (_, index) => (index === at ? kind : undefined);
      await run.go(SECONDS);
      for (const wrong of await run.aftermath('lost', 0)) found.push(`${kind} at call ${at}: ${wrong}`);
      if (run.promised.size === 0) found.push(`${kind} at call ${at}: nothing was recorded any more`);
      if (run.disk.openHandles !== 0)
        found.push(`${kind} at call ${at}: ${run.disk.openHandles} files stay open`);
    }
  }
  expect(found).toEqual([]);
  const which = step === 1 ? 'one' : `${step}rd`;
  console.info(`${kinds.join(', ')} at every ${which} of ${calls} calls of the recording`);
}, 3_600_000);

it('an I/O fault at any call of the recovery after a power cut loses nothing, and the next start mends the rest', async () => {
  const run = new PowerLossRun();
  run.cutAt(60);
  await run.go(SECONDS);
  const smooth = run.disk.survivor('torn', 0.5);
  await restart(smooth);
  const found: string[] = [];
  const kinds: Mishap[] = ['EIO', 'ENOSPC', 'short'];
  for (const kind of kinds) {
    for (let at = 1; at <= smooth.calls; at++) {
      const disk = run.disk.survivor('torn', 0.5);
      disk.mishap = (_, index) => (index === at ? kind : undefined);
      await restart(disk);
      const again = disk.survivor('lost', 0);
      await restart(again);
      for (const wrong of await run.wrongOn(again)) found.push(`${kind} at call ${at}: ${wrong}`);
      if (disk.openHandles !== 0) found.push(`${kind} at call ${at}: ${disk.openHandles} files stay open`);
    }
  }
  expect(found).toEqual([]);
  console.info(`${kinds.join(', ')} at every one of ${smooth.calls} calls of the recovery`);
});
