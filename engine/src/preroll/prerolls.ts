import { join } from 'node:path';
import type { DesiredState } from '@nightjar/contract/link';
import type { Clock, MediaStream, SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { hotFolder, Recorder, segmentStart } from '../recorder/index.ts';
import { MemoryFootage } from './memory-footage.ts';

export interface PrerollsOptions {
  readonly clock: Clock;
  readonly pool: SlabPool;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** What is shown of a stream. */
  readonly media: (streamId: string) => MediaStream | undefined;
  /** Whether these are covered ones. */
  readonly covered?: (streamId: string) => boolean;
  /** Resolves when every stream has done what it was told. */
  readonly settled: () => Promise<void>;
}

/** What is held of one stream. */
interface Held {
  readonly folder: string;
  readonly media: MediaStream;
  readonly recorder: Recorder;
  seconds: number;
}

/** Seconds of a file: as much more than is wanted may be held. */
const FILE_SECONDS = 2;
/** Bytes of one stream, whatever its bitrate. */
const MAX_BYTES = 64 * 1024 * 1024;
const LOOK_MS = 1_000;

/**
 * The newest seconds of streams that are not recorded, in memory, so that a clip may begin before it was asked for:
 * a recorder into memory whose oldest files are given up.
 */
export class Prerolls {
  readonly footage: MemoryFootage;
  readonly #options: PrerollsOptions;
  readonly #held = new Map<string, Held>();
  readonly #stopLooking: () => void;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PrerollsOptions) {
    this.#options = options;
    this.footage = new MemoryFootage(() => options.clock.utc());
    this.#stopLooking = options.clock.every(LOOK_MS, () => this.#trimAll());
  }

  /** Holds what is wanted of streams that run and are not recorded, and lets go of the rest. */
  desire(desired: DesiredState): void {
    this.#work = this.#work
      .then(() => this.#options.settled())
      .then(() => this.#converge(desired))
      .catch((error: unknown) => this.#options.log.error('no preroll could be held', { error }));
  }

  /** Bytes that are held of a stream. */
  bytes(streamId: string): number {
    const held = this.#held.get(streamId);
    return held ? this.footage.files(held.folder).reduce((sum, { size }) => sum + size, 0) : 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopLooking();
    await this.#work;
    await Promise.all([...this.#held.keys()].map((id) => this.#letGo(id)));
  }

  async #converge({ streams, base_path: base, preroll = {} }: DesiredState): Promise<void> {
    if (this.#closed) return;
    const wanted = new Map<string, number>();
    for (const { id, running, recording } of streams) {
      const recorded = recording.enabled && recording.paused !== true;
      const seconds = preroll[id] ?? 0;
      if (running && !recorded && seconds > 0) wanted.set(id, seconds);
    }
    for (const [id, held] of this.#held)
      if (!wanted.has(id) || this.#options.media(id) !== held.media) await this.#letGo(id);
    for (const [id, seconds] of wanted) {
      const held = this.#held.get(id);
      if (held) held.seconds = seconds;
      else this.#hold(id, hotFolder(base, id), seconds);
    }
  }

  #hold(id: string, folder: string, seconds: number): void {
    const media = this.#options.media(id);
    if (!media) return;
    const { clock, pool, log } = this.#options;
    const recorder = new Recorder({
      ...{ streamId: id, stream: media, storage: this.footage.storage, clock, pool, log },
      covered: this.#options.covered?.(id) === true,
      folder: () => folder,
      segmentDuration: () => FILE_SECONDS,
      // Nobody is told of footage that is not there to stay.
      fact: () => undefined,
    });
    recorder.start();
    this.#held.set(id, { folder, media, recorder, seconds });
  }

  async #letGo(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    await held.recorder.stop('stopped');
    this.footage.drop(held.folder);
  }

  #trimAll(): void {
    for (const held of this.#held.values()) this.#trim(held);
  }

  /** A file is given up when the one behind it began early enough, or when there is too much. */
  #trim({ folder, seconds }: Held): void {
    const files = this.footage.files(folder);
    const oldest = this.#options.clock.utc() - seconds * 1000;
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const [i, { name, size }] of files.entries()) {
      const next = files[i + 1];
      if (!next || (bytes <= MAX_BYTES && (segmentStart(next.name) ?? 0) > oldest)) return;
      this.footage.drop(join(folder, name));
      bytes -= size;
    }
  }
}
