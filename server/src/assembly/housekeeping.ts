import type { Tier } from '@nightjar/contract/footage';
import type { EngineLink } from '../engine-link/index.ts';
import { type Clock, createSerial, type Log } from '../kernel/index.ts';
import { type ClockSteps, type Recordings, Retention } from '../recordings/index.ts';
import type { Streams } from '../streams/index.ts';

interface Options {
  clock: Clock;
  clockSteps: ClockSteps;
  log: Log;
  streams: Streams;
  recordings: Recordings;
  link: EngineLink;
  /** Days footage is kept when the stream does not say. */
  retentionDays: () => number;
  /** Bytes all footage may have, and that must stay free on its disk. */
  limits: () => { maxBytes: number | null; minFreeBytes: number };
  /** Limits of single tiers. */
  tierLimits: () => readonly { tier: Tier; days: number | null; maxBytes: number | null }[];
  /** Bytes free on the disk of the footage; undefined when that cannot be told. */
  freeBytes: () => Promise<number | undefined>;
}

/** Work on footage that needs the engine: what was removed, what the index missed, what is too old. */
export class Housekeeping {
  readonly #options: Options;
  readonly #retention: Retention;
  readonly #inTurn = createSerial();
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    const {
      clock,
      clockSteps,
      log,
      streams,
      recordings,
      link,
      retentionDays,
      limits,
      tierLimits,
      freeBytes,
    } = options;
    this.#retention = new Retention({
      clock,
      clockSteps,
      log,
      policies: async () =>
        link.connected
          ? (await streams.list()).map(({ stream }) => ({
              streamId: stream.id,
              days: stream.recording.retentionDays ?? retentionDays(),
              maxBytes: stream.recording.maxBytes,
            }))
          : [],
      deleteOlder: (streamId, endedBefore) => recordings.deleteOlder(streamId, endedBefore, link),
      // Only the engine deletes files.
      limits: () => (link.connected ? limits() : { maxBytes: null, minFreeBytes: null }),
      totalBytes: () => recordings.totalBytes(),
      freeBytes,
      tiers: () => (link.connected ? tierLimits() : []),
      deleteOlderIn: (tier, endedBefore) => recordings.deleteOlderIn(tier, endedBefore, link),
      bytesOf: (scope) => recordings.totalBytes(scope),
      deleteOldest: (bytes, reason, scope) => recordings.deleteOldest(bytes, reason, { engine: link, scope }),
    });
  }

  /** The engine has just come: make the index equal to the files, then drop what is too old. */
  engineHere(): void {
    const { streams, recordings, link } = this.#options;
    this.#do(async () => {
      await recordings.deletePending(link);
      for (const { stream } of await streams.list()) await recordings.reconcile(stream.id, link);
      await this.#retention.sweep();
    });
  }

  /** A stream may have been removed: its files go. */
  streamsChanged(): void {
    const { recordings, link } = this.#options;
    if (link.connected) this.#do(() => recordings.deletePending(link));
  }

  /** Footage may be kept for another time. */
  retentionChanged(): void {
    this.#do(() => this.#retention.sweep());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#retention.close();
  }

  #do(task: () => Promise<void>): void {
    this.#last = this.#inTurn(async () => {
      if (!this.#closed) await task();
    }).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'footage could not be looked after; it is tried again later');
    });
  }
}
