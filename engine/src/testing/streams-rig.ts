import { setImmediate } from 'node:timers/promises';
import { type DesiredStream, Fact } from '@nightjar/contract/link';
import type { Track } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import { MemoryStorage } from '../recorder/testing/memory-storage.ts';
import { type RegistryOptions, StreamRegistry } from '../streams/index.ts';
import { CountingPool } from './counting-pool.ts';
import { desiredState, desiredStream } from './desired.ts';
import { audioTrack, Publisher, videoTrack } from './publisher.ts';
import { QuietLog } from './quiet-log.ts';
import { ScriptedSource } from './scripted-source.ts';

/** The streams of an engine on scripted cameras, a disk in memory and a fake clock. */
export class StreamsRig {
  readonly clock = new FakeClock({ utc: Date.UTC(2026, 0, 2, 3, 4, 0) });
  readonly pool = new CountingPool();
  readonly storage = new MemoryStorage();
  readonly camera = new ScriptedSource();
  readonly log = new QuietLog();
  readonly facts: Fact[] = [];
  readonly registry: StreamRegistry;

  /** `cover` makes the pictures of streams whose privacy is on; without it they have none. */
  constructor(cover?: RegistryOptions['cover']) {
    this.registry = new StreamRegistry({ ...this.#options, ...(cover ? { cover } : {}) });
  }

  readonly #options = {
    clock: this.clock,
    pool: this.pool,
    storage: this.storage,
    sources: new Map([['rtsp:', this.camera.start]]),
    random: () => 0.5,
    random32: () => 1,
    fact: (fact: Fact) => void this.facts.push(Fact.parse(fact)),
    log: this.log,
  };

  /** These streams, and the camera of `cam` is live. */
  async live(
    streams: readonly DesiredStream[] = [desiredStream()],
    tracks?: readonly Track[],
  ): Promise<Publisher> {
    this.registry.apply(desiredState(streams));
    await this.registry.settled();
    return this.cameraLive(tracks);
  }

  /** The camera that was asked last goes live, and has sent nothing yet. */
  cameraLive(tracks: readonly Track[] = [videoTrack(), audioTrack()]): Publisher {
    const { stream, onReady } = this.camera.run.options;
    const source = new Publisher({ stream, clock: this.clock, pool: this.pool, tracks });
    onReady();
    this.camera.run.live();
    return source;
  }

  /** Moves the clock and lets everything follow. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await setImmediate();
  }

  /** `state fault` of a stream's changes so far. */
  states(id = 'cam'): string[] {
    return this.facts.flatMap((fact) => {
      if (fact.kind !== 'stream.state' || fact.stream_id !== id) return [];
      return [fact.fault ? `${fact.state} ${fact.fault}` : fact.state];
    });
  }
}
