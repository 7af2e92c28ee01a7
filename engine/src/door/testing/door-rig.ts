import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signTicket } from '@nightjar/contract/link';
import { fileStore, Playback } from '../../playback/index.ts';
import { type Publisher, StreamsRig } from '../../testing/index.ts';
import { Viewers } from '../../viewers/index.ts';
import { createDoor, listenOnSocket } from '../index.ts';
import { Viewer } from './viewer.ts';

/** The door on a real Unix socket, and behind it the stream `cam`, live, with picture and sound. */
export class DoorRig implements AsyncDisposable {
  readonly key = Buffer.alloc(32, 9);
  readonly streams = new StreamsRig();
  /** What the server says of every proof. */
  allowed = true;
  readonly watching: Viewers;
  readonly socketPath: string;
  readonly viewer: Viewer;
  source!: Publisher;
  readonly #folder: string;
  readonly #door: Server;

  private constructor(folder: string) {
    this.#folder = folder;
    const { clock, facts, registry, log } = this.streams;
    this.socketPath = join(folder, 'run/engine.sock');
    this.viewer = new Viewer(this.socketPath, this.key, () => clock.utc());
    this.watching = new Viewers({
      clock,
      fact: (fact) => facts.push(fact),
      allowed: async () => this.allowed,
      onCount: (id, count) => registry.get(id)?.watched(count),
      log,
    });
    this.#door = createDoor({
      key: this.key,
      clock,
      stream: (id) => registry.get(id),
      playback: new Playback({ store: fileStore, folder: () => folder }),
      viewers: this.watching,
      log,
    });
  }

  static async start(): Promise<DoorRig> {
    const rig = new DoorRig(await mkdtemp(join(tmpdir(), 'nightjar-door-')));
    const { streams } = rig;
    await listenOnSocket(rig.#door, rig.socketPath);
    rig.source = await streams.live();
    return rig;
  }

  /** A ticket for the stream that says more of its bearer. */
  ticket(about: { sub: string; address?: string; grant?: string }): string {
    const exp = Math.floor(this.streams.clock.utc() / 1000) + 60;
    return signTicket(this.key, { stream_id: 'cam', exp, ...about });
  }

  /** How viewers ended, in order, as `protocol reason`. */
  get endings(): string[] {
    return this.streams.facts.flatMap((fact) =>
      fact.kind === 'viewer.closed' ? [`${fact.protocol} ${fact.reason}`] : [],
    );
  }

  /** What nobody gave back, and what the log says. */
  get left(): { slabs: number; log: unknown[] } {
    return { slabs: this.streams.pool.held, log: this.streams.log.lines };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.source.close();
    this.watching.close();
    await this.streams.registry.close();
    this.streams.clock.advance(2_000);
    this.#door.closeAllConnections();
    await new Promise((resolve) => this.#door.close(resolve));
    await rm(this.#folder, { recursive: true });
  }
}
