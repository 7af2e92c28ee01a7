import type { Clock, Log, RedisSettings, Secret } from '../../kernel/index.ts';

type Sdk = typeof import('@redis/client');
type Client = ReturnType<Sdk['createClient']>;

export interface LineOptions {
  settings: RedisSettings & { host: string };
  password: Secret | undefined;
  clock: Clock;
  log: Log;
}

/** An answer that takes longer than this is none: nobody's request waits for it. */
const ANSWER_MS = 150;
const CONNECT_MS = 2_000;
/** A peer that does not answer is asked again this often, and its connection is given up. */
const PROBE_MS = 1_000;
const SILENT_MS = 5_000;
const QUEUE = 10_000;
const backOff = (attempts: number): number => Math.min(100 * 2 ** Math.min(attempts, 10), 5_000);

const late = Symbol('late');

/**
 * A connection to Redis that comes and goes: what is asked while it is away, or not answered soon, is answered with
 * undefined at once. One that is connected and silent counts as away until it answers a probe.
 */
export class RedisLine {
  readonly #options: LineOptions;
  readonly #stopProbing: () => void;
  #asking: Client | undefined;
  #hearing: Client | undefined;
  #silent = false;
  #told = false;
  #closed = false;

  /** `heard` gets what others publish on the channel, `back` is told when messages may have been missed. */
  constructor(
    options: LineOptions,
    channel: string,
    on: { heard: (text: string) => void; back: () => void },
  ) {
    this.#options = options;
    this.#stopProbing = options.clock.every(PROBE_MS, () => void this.#probe());
    this.#open(channel, on).catch((error: unknown) => this.#lost(error));
  }

  get up(): boolean {
    return this.#asking?.isReady === true && !this.#silent;
  }

  /** What Redis answers; undefined when it is away, refuses, or takes too long. Never rejects. */
  async ask<T>(question: (client: Client) => Promise<T>): Promise<T | undefined> {
    return this.#asking && this.up ? this.#answer(this.#asking, question) : undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopProbing();
    for (const client of [this.#asking, this.#hearing]) if (client?.isOpen) client.destroy();
  }

  async #answer<T>(client: Client, question: (client: Client) => Promise<T>): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<typeof late>();
    const cancel = this.#options.clock.after(ANSWER_MS, () => resolve(late));
    try {
      const answer = await Promise.race([question(client), promise]);
      if (answer !== late) return answer as T;
      this.#silent = true;
      this.#lost(new Error(`no answer within ${ANSWER_MS} ms`));
      return undefined;
    } catch (error) {
      this.#lost(error);
      return undefined;
    } finally {
      cancel();
    }
  }

  async #open(channel: string, on: { heard: (text: string) => void; back: () => void }): Promise<void> {
    const { createClient } = await import('@redis/client');
    if (this.#closed) return;
    const { settings, password } = this.#options;
    const { host, port, user, tls } = settings;
    const common = { connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, reconnectStrategy: backOff };
    const make = (): Client => {
      const client = createClient({
        socket: tls ? { host, port, tls: true as const, ...common } : { host, port, ...common },
        ...(user === null ? {} : { username: user }),
        ...(password === undefined ? {} : { password: password.reveal() }),
        disableOfflineQueue: true,
        commandsQueueMaxLength: QUEUE,
        pingInterval: PROBE_MS,
        disableClientInfo: true,
        maintNotifications: 'disabled',
      }) as Client;
      client.on('error', (error: unknown) => this.#lost(error));
      return client;
    };
    this.#asking = make();
    this.#hearing = make();
    this.#asking.on('ready', () => this.#found());
    const hearing = this.#hearing;
    let subscribed = false;
    const subscribe = async (): Promise<void> => {
      if (!subscribed) await hearing.subscribe(channel, on.heard);
      subscribed = true;
      on.back();
    };
    hearing.on('ready', () => void subscribe().catch((error: unknown) => this.#lost(error)));
    await Promise.all([this.#asking.connect(), hearing.connect()]);
  }

  async #probe(): Promise<void> {
    if (!this.#silent || !this.#asking?.isReady) return;
    const client = this.#asking;
    const answer = await this.#answer(client, (each) => each.ping());
    if (answer !== undefined) this.#found();
  }

  #found(): void {
    this.#silent = false;
    if (this.#told) this.#options.log.info('Redis answers again: what is shared is shared');
    this.#told = false;
  }

  /** Said once for each time it goes away. */
  #lost(error: unknown): void {
    if (this.#told || this.#closed) return;
    this.#told = true;
    this.#options.log.warn({ err: error }, 'Redis is away: each server goes on by itself');
  }
}
