import { setImmediate } from 'node:timers/promises';
import { type Fact, isSealed, makeOriginalsPair, openingKey } from '@nightjar/contract/link';
import { type Mp4Scan, scanMp4 } from '@nightjar/media/mp4';
import { audioTrack, Publisher, QuietLog, videoTrack } from '../../testing/index.ts';
import { Footage } from '../footage.ts';
import { Recorder } from '../recorder.ts';
import { listFootage, recoverFootage } from '../recovery.ts';
import { lookAtSealed, Unsealed } from '../sealed/index.ts';
import { createFileStorage, type Storage } from '../storage.ts';
import { bytesPort } from './memory-storage.ts';
import { type Fate, SimulatedDisk } from './simulated-disk.ts';

const PAIR = makeOriginalsPair();

const BASE = '/footage';
const FOLDER = '/footage/hot/cam';

/** What a fact promised of a file: its first bytes, as they were meant. */
interface Promised {
  bytes: number;
  duration: number;
  content: Buffer;
}

/** Recovers footage as the start of the engine does, on a disk whose calls may fail. */
export async function restart(disk: SimulatedDisk): Promise<void> {
  const options = {
    ...{ storage: createFileStorage(disk), basePath: BASE, log: new QuietLog() },
    fact: () => undefined,
  };
  const old = await listFootage(options).catch(() => []);
  await recoverFootage(old, options);
}

/** What a file holds for who may read it. */
async function played(name: string, file: Buffer): Promise<Pick<Mp4Scan, 'closed' | 'spans'>> {
  if (!isSealed(name)) return scanMp4(bytesPort(file));
  const look = await lookAtSealed(bytesPort(file));
  if (!look || look === 'torn') return { closed: false, spans: [] };
  const key = openingKey(PAIR.privateHalf, { ephemeral: look.head.ephemeral, streamId: 'cam' });
  const { spans } = await scanMp4(new Unsealed(bytesPort(file), look, key));
  return { closed: look.closed, spans };
}

/** A camera that is recorded, rotated, deleted from and recorded again on a disk whose calls may fail. */
export class PowerLossRun {
  readonly disk = new SimulatedDisk();
  readonly promised = new Map<string, Promised>();
  /** Facts that the disk did not bear out at the moment they were told. */
  readonly broken: string[] = [];
  readonly #footage: Footage;
  readonly #source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  readonly #recorder: Recorder;
  readonly #powerless = Promise.withResolvers<void>();
  #cut = false;

  /** `sealed`: what is recorded is an original, see `SealingFile`. */
  constructor(storageOf: (disk: SimulatedDisk) => Storage = createFileStorage, sealed = false) {
    const storage = storageOf(this.disk);
    this.#footage = new Footage({ storage, fact: () => undefined, log: new QuietLog() });
    this.#recorder = new Recorder({
      streamId: 'cam',
      stream: this.#source.stream,
      storage,
      clock: this.#source.clock,
      pool: this.#source.pool,
      folder: () => FOLDER,
      segmentDuration: () => 3,
      ...(sealed ? { seal: () => ({ id: 'k', public_half: PAIR.publicHalf }) } : {}),
      fact: (fact) => this.#told(fact),
      log: new QuietLog(),
    });
  }

  /** Cuts the power at a call; nothing returns from then on. */
  cutAt(nth: number, also: SimulatedDisk['mishap'] = () => undefined): void {
    this.disk.mishap = (call, index) => {
      if (index >= nth) this.#cutNow();
      return this.#cut ? 'cut' : also(call, index);
    };
  }

  /** Records, deletes the oldest closed file, goes on, and stops. */
  async go(seconds: number): Promise<void> {
    // As the engine does: before anything is recorded.
    await Promise.race([this.#footage.prepare(BASE), this.#powerless.promise]);
    this.#recorder.start();
    await this.#play(seconds / 2);
    await this.#deleteOldest();
    await this.#play(seconds / 2);
    const stopping = this.#recorder.stop('stopped');
    if (!this.#cut) await Promise.race([stopping, this.#powerless.promise]);
    this.#source.close();
  }

  /** What the next start finds wrong after the power failed. */
  async aftermath(fate: Fate, share: number): Promise<string[]> {
    const disk = this.disk.survivor(fate, share);
    await restart(disk);
    return this.wrongOn(disk);
  }

  /** What was told and is not borne out by a disk on which footage was recovered. */
  async wrongOn(disk: SimulatedDisk): Promise<string[]> {
    const wrong = [...this.broken];
    for (const [name, { bytes, duration, content }] of this.promised) {
      const file = disk.files.get(`${FOLDER}/${name}`)?.seen;
      if (!file) wrong.push(`${name} is gone`);
      else if (!file.subarray(0, bytes).equals(content)) wrong.push(`${name} has other bytes`);
      else {
        const { closed, spans } = await played(name, file);
        const seconds = (spans.find(({ trackId }) => trackId === 1)?.last ?? 0) / 90_000;
        if (!closed || seconds < duration - 1e-6) wrong.push(`${name} plays ${seconds} s of ${duration}`);
      }
    }
    return wrong;
  }

  async #play(seconds: number): Promise<void> {
    for (let left = seconds; left > 1e-9 && !this.#cut; left -= 0.5) {
      this.#source.play(0.5, { gop: 10, bytes: 120 });
      await setImmediate();
      await setImmediate();
    }
  }

  #cutNow(): void {
    this.#cut = true;
    this.#powerless.resolve();
  }

  async #deleteOldest(): Promise<void> {
    const [oldest] = [...this.promised.keys()].sort();
    const writing = this.#recorder.writing;
    if (this.#cut || oldest === undefined || writing.has(oldest)) return;
    // From the order on, nobody counts on the file.
    this.promised.delete(oldest);
    // Retention tries again later.
    const done = this.#footage.remove('cam', [oldest]).catch(() => undefined);
    await Promise.race([done, this.#powerless.promise]);
  }

  #told(fact: Fact): void {
    if (fact.kind !== 'segment.grown' && fact.kind !== 'segment.closed') return;
    const { filename, bytes, duration } = fact;
    const seen = this.disk.files.get(`${FOLDER}/${filename}`)?.seen ?? Buffer.alloc(0);
    if (seen.length < bytes)
      this.broken.push(`${filename}: ${bytes} bytes were told, ${seen.length} are there`);
    this.promised.set(filename, { bytes, duration, content: Buffer.from(seen.subarray(0, bytes)) });
  }
}
