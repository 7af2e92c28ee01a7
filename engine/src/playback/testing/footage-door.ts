import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@nightjar/media/stream';
import { createDoor } from '../../door/index.ts';
import { hotFolder } from '../../recorder/index.ts';
import type { EngineStream } from '../../streams/index.ts';
import { DoorClient, QuietLog } from '../../testing/index.ts';
import { Viewers } from '../../viewers/index.ts';
import { type FootageStore, fileStore, Playback } from '../index.ts';

const KEY = Buffer.alloc(32, 7);
/** A stream that is not live: footage needs nothing of it. */
const NO_PICTURE = {
  attend: () => Promise.resolve(),
  live: () => ({ touch: () => undefined }),
} as unknown as EngineStream;

/** The engine's door over a folder of footage of the stream `cam`. */
export class FootageDoor {
  readonly folder: string;
  readonly client: DoorClient;
  readonly log = new QuietLog();
  /** UTC milliseconds now, for playlists that grow. */
  utc: () => number = Date.now;
  /** Bytes of footage read from disk so far. */
  bytesRead = 0;
  readonly #base: string;
  readonly #server: Server;

  private constructor(base: string) {
    this.#base = base;
    this.folder = hotFolder(base, 'cam');
    this.#server = createDoor({
      key: KEY,
      clock: systemClock,
      stream: (id) => (id === 'cam' ? NO_PICTURE : undefined),
      playback: new Playback({
        store: this.#countingStore(),
        folder: (id) => hotFolder(base, id),
        utc: () => this.utc(),
      }),
      viewers: new Viewers({
        clock: systemClock,
        fact: () => undefined,
        allowed: async () => true,
        log: this.log,
      }),
      log: this.log,
    });
    this.client = new DoorClient(this.#server, KEY, 'cam');
  }

  static async open(): Promise<FootageDoor> {
    const door = new FootageDoor(await mkdtemp(join(tmpdir(), 'nightjar-playback-')));
    await mkdir(door.folder, { recursive: true });
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  get: DoorClient['get'] = (path, init) => this.client.get(path, init);

  async put(name: string, bytes: Buffer): Promise<void> {
    await writeFile(join(this.folder, name), bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    await rm(this.#base, { recursive: true });
  }

  #countingStore(): FootageStore {
    return {
      list: fileStore.list,
      open: async (path) => {
        const handle = await fileStore.open(path);
        const read = handle?.read.bind(handle);
        const counted = async (offset: number, length: number) => {
          const bytes = await read!(offset, length);
          this.bytesRead += bytes.length;
          return bytes;
        };
        return handle && Object.assign(handle, { read: counted });
      },
    };
  }
}
