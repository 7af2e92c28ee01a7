import { randomBytes } from 'node:crypto';
import type { Database } from '../../database/index.ts';
import { type Clock, DomainError, isoNow, type Log, redact } from '../../kernel/index.ts';
import { type Delivery, type DeliveryState, outboxStore } from './store.ts';

/** It will not succeed by being tried again. */
export class NeverError extends Error {}

/** Brings one delivery to its target; answers with what the other side said. Throws when it did not take it. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<string>;

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
}

/** Seconds to wait after each attempt; after the last one it has failed. */
const PAUSES = [5, 30, 120, 600, 3_600, 21_600, 86_400];
const AT_ONCE = 8;
const MAX_DETAIL = 300;
const KEPT_MS = 30 * 86_400_000;
const SWEEP_MS = 3_600_000;
const MAX_WAIT_MS = 60_000;

/**
 * What must reach others is stored first and tried until it does, over restarts too: each target in turn, targets
 * beside each other. At least once: what was taken when the program ended is sent again.
 */
export class Outbox {
  readonly #options: Options;
  readonly #topics = new Map<string, Deliver>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #stopSweep: () => void;
  #cancel: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#stopSweep = options.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Who delivers what is on a topic; begins with what was left of the last run. */
  serve(topic: string, deliver: Deliver): void {
    this.#topics.set(topic, deliver);
    this.#look();
  }

  /** Stores something to be delivered as soon as it can be; answers with its id. */
  async add(topic: string, target: string, payload: unknown): Promise<string> {
    const now = isoNow(this.#options.clock);
    const id = `delivery-${randomBytes(8).toString('hex')}`;
    const fresh = { state: 'pending', attempts: 0, nextAt: now, createdAt: now } as const;
    const nothing = { deliveredAt: null, detail: null };
    const delivery = { id, topic, target, payload: JSON.stringify(payload), ...fresh, ...nothing };
    await outboxStore.insert(this.#options.database.sql, delivery);
    this.#look();
    return id;
  }

  /** What was sent to a target, newest first. */
  list(
    of: Pick<Delivery, 'topic' | 'target'> & { state?: DeliveryState | undefined },
    page: { limit: number; offset: number },
  ) {
    return outboxStore.page(this.#options.database.sql, of, page);
  }

  /** How much of a target is still to be delivered. */
  waiting(of: Pick<Delivery, 'topic' | 'target'>): Promise<number> {
    return outboxStore.waiting(this.#options.database.sql, of);
  }

  /** Sends something again, whatever became of it. Throws NOT_FOUND. */
  async replay({ topic, target }: Pick<Delivery, 'topic' | 'target'>, id: string): Promise<Delivery> {
    const { database, clock } = this.#options;
    const delivery = await outboxStore.find(database.sql, id);
    if (delivery?.topic !== topic || delivery.target !== target) {
      throw new DomainError('NOT_FOUND', `No delivery with ID '${id}'`, { id });
    }
    const again = { ...delivery, state: 'pending', attempts: 0, nextAt: isoNow(clock) } as const;
    await outboxStore.update(database.sql, again);
    this.#look();
    return again;
  }

  /** Forgets a target with all that was sent to it. */
  async forget(of: Pick<Delivery, 'topic' | 'target'>): Promise<void> {
    await outboxStore.removeOf(this.#options.database.sql, of);
  }

  /** Forgets what is about something that is gone, whoever it was for: its payload holds this JSON. */
  async forgetAbout(topic: string, fragment: string): Promise<void> {
    await outboxStore.removeAbout(this.#options.database.sql, topic, fragment);
  }

  /** Settles when nothing is being sent. */
  async idle(): Promise<void> {
    await this.#looking;
    await Promise.all(this.#busy.values());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopSweep();
    this.#cancel();
    await this.idle();
  }

  #look(): void {
    this.#looking = this.#looking
      .then(() => this.#begin())
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the outbox could not be read'));
  }

  async #begin(): Promise<void> {
    const { database, clock } = this.#options;
    this.#cancel();
    if (this.#closing.signal.aborted) return;
    const due = await outboxStore.due(database.sql, isoNow(clock), 10 * AT_ONCE);
    for (const delivery of due) {
      const deliver = this.#topics.get(delivery.topic);
      const target = `${delivery.topic} ${delivery.target}`;
      if (!deliver || this.#busy.has(target) || this.#busy.size >= AT_ONCE) continue;
      this.#busy.set(target, this.#send(delivery, deliver, target));
    }
    const next = await outboxStore.nextDue(database.sql);
    if (next === undefined || this.#busy.size > 0) return;
    const wait = Math.min(MAX_WAIT_MS, Math.max(100, Date.parse(next) - clock.utc()));
    this.#cancel = clock.after(wait, () => this.#look());
  }

  async #send(delivery: Delivery, deliver: Deliver, target: string): Promise<void> {
    const { database, clock, log } = this.#options;
    try {
      const after = await this.#attempt(delivery, deliver);
      if (after) await outboxStore.update(database.sql, { ...after, nextAt: nextOf(after, clock) });
    } catch (error) {
      log.error({ err: error }, 'what became of a delivery could not be stored');
    } finally {
      this.#busy.delete(target);
      this.#look();
    }
  }

  /** The delivery after one more attempt; undefined when the program ended meanwhile. */
  async #attempt(delivery: Delivery, deliver: Deliver): Promise<Delivery | undefined> {
    const { clock, log } = this.#options;
    const attempts = delivery.attempts + 1;
    try {
      const detail = redact(await deliver(delivery, this.#closing.signal)).slice(0, MAX_DETAIL);
      return { ...delivery, attempts, state: 'delivered', deliveredAt: isoNow(clock), detail };
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      const over = error instanceof NeverError || attempts > PAUSES.length;
      const detail = redact(error instanceof Error ? error.message : 'unknown').slice(0, MAX_DETAIL);
      log.warn(
        { delivery: delivery.id, topic: delivery.topic, attempts, detail },
        'a delivery did not succeed',
      );
      return { ...delivery, attempts, state: over ? 'failed' : 'pending', detail };
    }
  }

  #sweep(): void {
    const { database, clock, log } = this.#options;
    const before = new Date(clock.utc() - KEPT_MS).toISOString();
    outboxStore.removeOlder(database.sql, before).catch((error: unknown) => {
      log.error({ err: error }, 'old deliveries could not be removed');
    });
  }
}

const nextOf = ({ attempts, state, nextAt }: Delivery, clock: Clock): string =>
  state === 'pending' ? new Date(clock.utc() + (PAUSES[attempts - 1] ?? 0) * 1000).toISOString() : nextAt;
