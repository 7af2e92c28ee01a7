import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Track } from '@nightjar/media/stream';
import { Recorder, type Storage } from '../../recorder/index.ts';
import { type PlayOptions, Publisher, QuietLog } from '../../testing/index.ts';

/** The file system without waiting, for a camera whose hours pass in milliseconds. */
const promptStorage: Storage = {
  async create(path) {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'wx');
    return {
      async append(buffers) {
        for (const buffer of buffers) writeSync(file, buffer);
      },
      sync: async () => undefined,
      cut: async () => undefined,
      close: async () => closeSync(file),
    };
  },
  open: () => Promise.reject(new Error('nothing is repaired here')),
  list: async (folder) => readdirSync(folder),
  remove: async (path) => rmSync(path, { force: true, recursive: true }),
};

/** A camera in the time of a fake clock, and the recorder that writes its footage into a folder. */
export class RecordedCamera {
  readonly source: Publisher;
  readonly recorder: Recorder;
  readonly #folder: string;

  constructor(
    folder: string,
    options: { tracks?: readonly Track[]; segmentDuration?: number; utc?: number; covered?: boolean } = {},
  ) {
    this.#folder = folder;
    this.source = new Publisher(options);
    this.recorder = new Recorder({
      streamId: 'cam',
      stream: this.source.stream,
      storage: promptStorage,
      clock: this.source.clock,
      pool: this.source.pool,
      folder: () => folder,
      segmentDuration: () => options.segmentDuration ?? 60,
      fact: () => undefined,
      covered: options.covered ?? false,
      log: new QuietLog(),
    });
    this.recorder.start();
  }

  /** Publishes `seconds` of media, and lets them be written. */
  async play(seconds: number, options?: PlayOptions): Promise<void> {
    for (let left = seconds; left > 1e-9; left -= 0.5) {
      this.source.play(Math.min(left, 0.5), options);
      await setImmediate();
    }
  }

  /**
   * Publishes 100 pictures, one every 40 ms, decoded as 0 3 1 2 6 4 5 …; a key frame comes before pictures that are
   * shown earlier.
   */
  async playReordered(): Promise<void> {
    const track = this.source.video!;
    for (let i = 0; i < 100; i++) {
      this.source.clock.advance(40);
      const shown = i % 3 === 1 ? i + 2 : Math.max(0, i - 1);
      this.source.frame(track, i * 0.04, { key: i === 0 || i % 12 === 1, pts: shown * 0.04 + 0.08 });
      await setImmediate();
    }
  }

  /** The camera is away for `seconds`, and comes back with the same tracks. */
  async pause(seconds: number): Promise<void> {
    const { tracks } = this.source.stream;
    this.source.lose();
    await this.play(seconds);
    this.source.setTracks(tracks);
  }

  async end(): Promise<void> {
    await this.recorder.stop('stopped');
    this.source.close();
  }

  /** Files, oldest first. */
  names(): string[] {
    return readdirSync(this.#folder).sort();
  }

  bytes(name: string): Buffer {
    return readFileSync(join(this.#folder, name));
  }
}
