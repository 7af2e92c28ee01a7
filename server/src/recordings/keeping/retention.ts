import type { Tier } from '@nightjar/contract/footage';
import type { Clock, Log } from '../../kernel/index.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { Scope } from './limits-store.ts';

interface Options {
  clock: Clock;
  clockSteps: ClockSteps;
  log: Log;
  /** Streams with the days their footage is kept, and the bytes it may have; null is no limit. */
  policies: () => Promise<readonly { streamId: string; days: number; maxBytes?: number | null }[]>;
  /** Limits of single tiers; null is none. */
  tiers?: () => readonly { tier: Tier; days: number | null; maxBytes: number | null }[];
  deleteOlderIn?: (tier: Tier, endedBefore: string) => Promise<number>;
  bytesOf?: (scope: Scope) => Promise<number>;
  /** Deletes what ended before the time; answers how many files. */
  deleteOlder: (streamId: string, endedBefore: string) => Promise<number>;
  /** Bytes all footage may have, and that must stay free on its disk; null is no limit. */
  limits: () => { maxBytes: number | null; minFreeBytes: number | null };
  /** Bytes of all footage. */
  totalBytes: () => Promise<number>;
  /** Bytes that are free on the disk of the footage; undefined when that cannot be told. */
  freeBytes: () => Promise<number | undefined>;
  /** Deletes the oldest closed and unprotected footage of any stream until `bytes` are gone, or none is left. */
  deleteOldest: (bytes: number, reason: 'quota' | 'space', scope?: Scope) => Promise<Removed>;
}

/** What a deletion brought. */
export interface Removed {
  files: number;
  bytes: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A camera of 4 Mbit/s writes 2.5 MB in it. */
const ROOM_MS = 5_000;

/**
 * Deletes footage that is older than its stream allows, every hour and whenever asked, and the oldest of all
 * when there is too much of it or too little room on its disk, which is looked at every 5 s. While the clock is
 * more than 5 minutes off what the time since the start makes it, nothing is deleted: a wrong year must
 * not empty the disk. A step that was right is confirmed by starting the program again.
 */
export class Retention {
  readonly #options: Options;
  readonly #cancel: (() => void)[];
  #looking: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #closed = false;
  #warned = false;
  /** There was not enough to delete when room was needed last. */
  #scarce = false;

  constructor(options: Options) {
    this.#options = options;
    const { clock } = options;
    this.#cancel = [
      clock.every(HOUR_MS, () => void this.sweep()),
      clock.every(ROOM_MS, () => void this.makeRoom()),
    ];
  }

  /** One pass over all streams; a second call joins the one under way. Never rejects. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** Keeps all footage within its bytes and the disk's floor; a second call joins the one under way. Never rejects. */
  makeRoom(): Promise<void> {
    this.#looking ??= this.#makeRoom().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancel) cancel();
    await Promise.all([this.#sweeping, this.#looking]);
  }

  get frozen(): boolean {
    return this.#options.clockSteps.stepped;
  }

  async #makeRoom(): Promise<void> {
    const { log, limits, totalBytes, freeBytes } = this.#options;
    const { maxBytes, minFreeBytes } = limits();
    if (this.#closed) return;
    try {
      await this.#keepWithin();
      if (maxBytes !== null) await this.#remove((await totalBytes()) - maxBytes, 'quota');
      const free = minFreeBytes === null ? undefined : await freeBytes();
      if (minFreeBytes !== null && free !== undefined) await this.#remove(minFreeBytes - free, 'space');
    } catch (error) {
      log.warn({ err: error }, 'no room could be made for footage; it is tried again in some seconds');
    }
  }

  /** Each stream and each tier within its own bytes. */
  async #keepWithin(): Promise<void> {
    const { policies, tiers, bytesOf } = this.#options;
    if (!bytesOf) return;
    const limits = [
      ...(await policies()).map(({ streamId, maxBytes = null }) => ({
        scope: { streamId } as Scope,
        maxBytes,
      })),
      ...(tiers?.() ?? []).map(({ tier, maxBytes }) => ({ scope: { tier } as Scope, maxBytes })),
    ];
    for (const { scope, maxBytes } of limits)
      if (maxBytes !== null) await this.#remove((await bytesOf(scope)) - maxBytes, 'quota', scope);
  }

  async #remove(bytes: number, reason: 'quota' | 'space', scope?: Scope): Promise<void> {
    if (bytes <= 0 || !this.#mayDelete()) return;
    const removed = await this.#options.deleteOldest(bytes, reason, scope);
    if (removed.files > 0) this.#options.log.info({ ...removed, reason }, 'the oldest footage was deleted');
    const nothingLeft = removed.bytes < bytes;
    if (nothingLeft && !this.#scarce)
      this.#options.log.error(
        { missing: bytes - removed.bytes, reason },
        'no footage is left that may be deleted',
      );
    this.#scarce = nothingLeft;
  }

  #mayDelete(): boolean {
    if (this.frozen && !this.#warned)
      this.#options.log.error(
        'the clock stepped: no footage is deleted until it is back or the program starts again',
      );
    this.#warned = this.frozen;
    return !this.frozen;
  }

  async #sweep(): Promise<void> {
    const { clock, log, policies, deleteOlder } = this.#options;
    if (!this.#mayDelete()) return;
    try {
      for (const { streamId, days } of await policies()) {
        if (this.#closed) return;
        const files = await deleteOlder(streamId, new Date(clock.utc() - days * DAY_MS).toISOString());
        if (files > 0) log.info({ stream: streamId, files }, 'old footage deleted');
      }
      await this.#sweepTiers();
    } catch (error) {
      log.warn({ err: error }, 'old footage could not be deleted; it is tried again within the hour');
    }
  }

  async #sweepTiers(): Promise<void> {
    const { clock, log, tiers, deleteOlderIn } = this.#options;
    for (const { tier, days } of tiers?.() ?? []) {
      if (days === null || !deleteOlderIn) continue;
      const files = await deleteOlderIn(tier, new Date(clock.utc() - days * DAY_MS).toISOString());
      if (files > 0) log.info({ tier, files }, 'old footage deleted');
    }
  }
}
