import { setImmediate } from 'node:timers/promises';
import type { Fact } from '@nightjar/contract/link';
import { scanMp4 } from '@nightjar/media/mp4';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { audioTrack, QuietLog, videoTrack } from '../testing/index.ts';
import { listFootage, recoverFootage } from './recovery.ts';
import { bytesPort, type MemoryFile, MemoryStorage } from './testing/memory-storage.ts';
import { FOLDER, Recording } from './testing/recording.ts';

/** Power cuts per run of the suite; `NIGHTJAR_POWER_CUTS` asks for more. */
const CUTS = Number(process.env['NIGHTJAR_POWER_CUTS'] ?? 400);

/** What becomes of bytes that were not synced: fsync(2) promises nothing of them. */
const FATES = ['lost', 'torn', 'whole', 'holes', 'garbage'] as const;
type Fate = (typeof FATES)[number];

function survives({ bytes, durable }: MemoryFile, fate: Fate, share: number): Buffer {
  const safe = bytes.subarray(0, durable);
  const rest = Buffer.from(bytes.subarray(durable));
  const at = Math.floor(rest.length * share);
  if (fate === 'lost') return Buffer.from(safe);
  if (fate === 'torn') return Buffer.concat([safe, rest.subarray(0, at)]);
  if (fate === 'holes') rest.fill(0, at, Math.min(rest.length, at + 4096));
  if (fate === 'garbage') rest.fill(0xa5, at);
  return Buffer.concat([safe, rest]);
}

/** Records until the power fails at the `nth` operation of the disk. */
async function recordUntil(nth: number): Promise<Recording> {
  const recording = new Recording({ tracks: [videoTrack(), audioTrack()], segmentDuration: 3 });
  let count = 0;
  recording.storage.fault = () => (++count >= nth ? new Promise<never>(() => undefined) : undefined);
  recording.recorder.start();
  for (let half = 0; half < 24 && count < nth; half++) await recording.play(0.5, { gop: 10, bytes: 300 });
  if (count < nth) void recording.recorder.stop('stopped');
  await setImmediate();
  return recording;
}

/** What was told last of each file. */
function promises(facts: readonly Fact[]): Map<string, { bytes: number; duration: number }> {
  const last = new Map<string, { bytes: number; duration: number }>();
  for (const fact of facts) {
    if (fact.kind !== 'segment.grown' && fact.kind !== 'segment.closed') continue;
    last.set(fact.filename, { bytes: fact.bytes, duration: fact.duration });
  }
  return last;
}

it(`whatever was told survives ${CUTS} power cuts, and every file of which something was told is whole`, async () => {
  const fate = fc.constantFrom(...FATES);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fate, share, async (nth, unsynced, at) => {
      const before = await recordUntil(nth);
      const storage = new MemoryStorage();
      for (const [path, file] of before.storage.files) {
        const bytes = survives(file, unsynced, at);
        storage.files.set(path, { bytes, durable: bytes.length });
      }
      const log = new QuietLog();
      const options = { storage, basePath: '/footage', fact: () => undefined, log };
      await recoverFootage(await listFootage(options), options);
      for (const [filename, told] of promises(before.facts)) {
        const original = before.storage.files.get(`${FOLDER}/${filename}`)!.bytes;
        const file = storage.files.get(`${FOLDER}/${filename}`)?.bytes;
        const kept = file?.subarray(0, told.bytes).equals(original.subarray(0, told.bytes));
        expect(kept, `${filename}: ${told.bytes} bytes`).toBe(true);
      }
      // A beginning of which nothing was told may be too broken to be known for ours: then it stays.
      const left = log.lines.map(({ about }) => `${FOLDER}/${about?.['filename']}`);
      expect(left.filter((path) => promises(before.facts).has(path.slice(FOLDER.length + 1)))).toEqual([]);
      for (const [path, { bytes }] of storage.files) {
        if (left.includes(path)) continue;
        const { closed, spans } = await scanMp4(bytesPort(bytes));
        expect(closed, path).toBe(true);
        const seconds = (spans.find(({ trackId }) => trackId === 1)?.last ?? 0) / 90_000;
        const told = promises(before.facts).get(path.slice(FOLDER.length + 1));
        expect(seconds).toBeGreaterThanOrEqual((told?.duration ?? 0) - 1e-6);
      }
    }),
    { numRuns: CUTS },
  );
}, 600_000);
