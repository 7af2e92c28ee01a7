import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  type DesiredState,
  type DistantFile,
  FromEngine,
  type Hello,
  LINK_VERSION,
  linkAuthorization,
  type MetricsSample,
  type ObjectsMessage,
  type ToEngine,
  type ViewerSample,
} from '@nightjar/contract/link';
import WebSocket from 'ws';
import type { Clock, Log } from '../kernel/index.ts';
import type { NumberedFact } from './intake.ts';

/** `[from, to)`, ISO 8601. */
export interface FootageQuestion {
  streamId: string;
  from: string;
  to: string;
}

/** Which sealed file, and who wants to read it. */
export type UnsealQuestion = Omit<Extract<FromEngine, { type: 'unseal' }>, 'type' | 'id'>;

/** What a session tells its owner. What `facts` or `hello` throws ends the session, so that nothing is lost. */
export interface SessionEvents {
  hello(hello: Hello): Promise<void>;
  facts(epoch: string, batch: readonly NumberedFact[]): Promise<void>;
  samples(samples: readonly MetricsSample[]): void;
  /** Milliseconds. */
  loopDelay(p99: number | undefined): void;
  viewers(samples: readonly ViewerSample[]): void;
  /** What a network sees in a stream now. */
  objects(seen: ObjectsMessage): void;
  /** May the bearer of the token watch the stream, at a listener of the engine's own? */
  mayWatch(streamId: string, proof: string): Promise<{ allowed: boolean; sub?: string; unblurred?: boolean }>;
  /** The key of a recorded original for the bearer of a grant; undefined where they may not have it. */
  unseal(question: UnsealQuestion): Promise<Buffer | undefined>;
  /** Footage in object stores around a range; see `where` of the contract. */
  where(question: FootageQuestion): Promise<DistantFile[]>;
  /** The whole desired state as it is now. */
  desired(): Promise<DesiredState>;
}

export interface SessionOptions {
  socketPath: string;
  key: Buffer;
  clock: Clock;
  log: Log;
  events: SessionEvents;
}

type Command = Extract<ToEngine, { id: number }>;
type Reply = Extract<FromEngine, { type: 'reply' }>;
/** A command before it has its number. */
export type Unnumbered<T> = T extends Command ? Omit<T, 'id'> : never;

const HELLO_MS = 10_000;
const PING_MS = 5_000;
const COMMAND_MS = 60_000;
const MAX_PAYLOAD = 8 * 1024 * 1024;
/** Facts and other messages that wait, from which on no more are read. */
const PAUSE_AT = 2_000;

/** One connection to the engine, from opening to its end; it is never used twice. */
export class Session {
  readonly #options: SessionOptions;
  readonly #socket: WebSocket;
  readonly #commands = new Map<number, (outcome: Error | Reply) => void>();
  readonly #timers: (() => void)[] = [];
  /** Settles when the connection is over and everything received has been handled. */
  readonly ended: Promise<void>;
  #inbox: FromEngine[] = [];
  #waiting = 0;
  #handling: Promise<void> | undefined;
  #hello: Hello | undefined;
  #nextId = 1;
  #alive = true;
  #desiredWanted = false;
  #desiredSent: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { socketPath, key, clock } = options;
    this.#socket = new WebSocket('ws://engine/link', {
      createConnection: () => connect(socketPath),
      headers: { authorization: linkAuthorization(key) },
      handshakeTimeout: HELLO_MS,
      maxPayload: MAX_PAYLOAD,
      perMessageDeflate: false,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#socket.on('message', (data) => this.#receive(String(data)));
    this.#socket.on('pong', () => {
      this.#alive = true;
    });
    this.#socket.on('error', (error) => options.log.debug({ err: error }, 'link to the engine failed'));
    this.#socket.once('close', () => void this.#finish().then(resolve));
    this.#timers.push(
      clock.after(HELLO_MS, () => {
        if (!this.#hello) this.#socket.terminate();
      }),
      clock.every(PING_MS, () => this.#ping()),
    );
  }

  get ready(): boolean {
    return this.#hello !== undefined && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends the desired state at the end of this tick, once however often it was asked for. */
  sendDesired(): void {
    if (this.#desiredWanted || !this.ready) return;
    this.#desiredWanted = true;
    this.#desiredSent = this.#desiredSent
      .then(() => setImmediate())
      .then(async () => {
        this.#desiredWanted = false;
        this.#send({ type: 'desired', desired: await this.#options.events.desired() });
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** Settles with the engine's reply; rejects when it refuses, is too slow or goes away. */
  async command(command: Unnumbered<Command>): Promise<Reply> {
    // A command is about the streams as they are wanted now.
    await this.#desiredSent;
    if (!this.ready) throw new Error('the engine is not connected');
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const settle = (outcome: Error | Reply): void => {
      this.#commands.delete(id);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const cancel = this.#options.clock.after(COMMAND_MS, () => settle(new Error('the engine did not reply')));
    this.#commands.set(id, settle);
    this.#send({ ...command, id });
    return promise.finally(cancel);
  }

  /** Behind the desired state that was asked for; nothing answers. */
  tell(message: Extract<ToEngine, { type: 'keep_footage' }>): void {
    if (!this.ready) return;
    void setImmediate()
      .then(() => this.#desiredSent)
      .then(() => this.#send(message));
  }

  close(): Promise<void> {
    this.#socket.terminate();
    return this.ended;
  }

  #send(message: ToEngine): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #ping(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#alive) this.#socket.ping();
    else this.#socket.terminate();
    this.#alive = false;
  }

  #fail(error: unknown): void {
    this.#options.log.error({ err: error }, 'link to the engine is given up');
    this.#socket.terminate();
  }

  #receive(text: string): void {
    try {
      const message = FromEngine.parse(JSON.parse(text));
      this.#inbox.push(message);
      this.#waiting += message.type === 'facts' ? message.facts.length : 1;
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#waiting >= PAUSE_AT) this.#socket.pause();
    this.#handling ??= this.#handleAll().finally(() => {
      this.#handling = undefined;
    });
  }

  /** Messages are handled strictly in order; facts that wait together are stored together. */
  async #handleAll(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#inbox.length > 0) {
        const messages = this.#inbox;
        this.#inbox = [];
        this.#waiting = 0;
        if (this.#socket.isPaused) this.#socket.resume();
        await this.#handle(messages);
      }
    } catch (error) {
      this.#inbox = [];
      this.#fail(error);
    }
  }

  async #handle(messages: readonly FromEngine[]): Promise<void> {
    let batch: NumberedFact[] = [];
    for (const message of messages) {
      if (message.type === 'facts') batch.push(...message.facts);
      else if (!this.#handleBeside(message)) {
        await this.#store(batch);
        batch = [];
        if (message.type === 'hello') await this.#greet(message);
        else if (message.type === 'reply') this.#settle(message);
      }
    }
    await this.#store(batch);
  }

  async #store(facts: readonly NumberedFact[]): Promise<void> {
    if (facts.length === 0) return;
    if (!this.#hello) throw new Error('a fact came before hello');
    await this.#options.events.facts(this.#hello.epoch, facts);
    this.#send({ type: 'ack', seq: Math.max(...facts.map(({ seq }) => seq)) });
  }

  #settle(message: Extract<FromEngine, { type: 'reply' }>): void {
    this.#commands.get(message.id)?.(message.ok ? message : new Error(message.error ?? 'refused'));
  }

  /** What is in no order with the facts. False when it is. */
  #handleBeside(message: FromEngine): boolean {
    if (message.type === 'metrics') {
      this.#options.events.samples(message.samples);
      this.#options.events.loopDelay(message.loop_delay);
      this.#options.events.viewers(message.viewers ?? []);
    } else if (message.type === 'objects') this.#options.events.objects(message);
    else if (message.type === 'authorize') {
      this.#judge(message).catch((error: unknown) => this.#fail(error));
    } else if (message.type === 'unseal') {
      this.#unseal(message).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'a recorded original cannot be opened just now');
      });
    } else if (message.type === 'where') {
      this.#locate(message).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'footage in other tiers cannot be looked for');
      });
    } else return false;
    return true;
  }

  /** Beside the facts, in no order with them: a viewer waits. */
  async #judge({ id, stream_id, token }: Extract<FromEngine, { type: 'authorize' }>): Promise<void> {
    const verdict = await this.#options.events.mayWatch(stream_id, token);
    this.#send({ type: 'verdict', id, ...verdict });
  }

  async #unseal({ id, type: _, ...question }: Extract<FromEngine, { type: 'unseal' }>): Promise<void> {
    const key = await this.#options.events.unseal(question);
    this.#send({ type: 'unsealed', id, ...(key ? { key: key.toString('base64') } : {}) });
  }

  async #locate({
    id,
    stream_id: streamId,
    from,
    to,
  }: Extract<FromEngine, { type: 'where' }>): Promise<void> {
    const files = await this.#options.events.where({ streamId, from, to });
    this.#send({ type: 'there', id, files });
  }

  async #greet(hello: Hello): Promise<void> {
    if (hello.version !== LINK_VERSION) {
      throw new Error(`the engine speaks link version ${hello.version} and not ${LINK_VERSION}`);
    }
    this.#hello = hello;
    await this.#options.events.hello(hello);
    this.sendDesired();
  }

  async #finish(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    await this.#handling;
    for (const settle of [...this.#commands.values()]) settle(new Error('the engine went away'));
  }
}
