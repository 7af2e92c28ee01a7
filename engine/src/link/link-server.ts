import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Fact, type FromEngine, type Hello, ToEngine } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { FactQueue } from './fact-queue.ts';

/** Answers a command; rejects with a message for the server. */
export type CommandHandler = (command: Command) => Promise<void>;

export type Command = Extract<ToEngine, { type: 'inventory' | 'delete_footage' }>;

export interface LinkServerOptions {
  /** Shared with the server; see `linkKeyPath`. */
  readonly key: Buffer;
  readonly hello: () => Hello;
  readonly onDesired: (desired: Extract<ToEngine, { type: 'desired' }>['desired']) => void;
  readonly onCommand: CommandHandler;
  readonly clock: Pick<Clock, 'after'>;
}

/** Milliseconds the server has to say whether a client may watch. */
const VERDICT = 5_000;

/** Largest message the server may send: thousands of streams. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** The engine's end of the link: one server at a time, facts up, desired state and commands down. */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE });
  readonly #queue = new FactQueue();
  readonly #verdicts = new Map<number, (allowed: boolean) => void>();
  #peer: WebSocket | undefined;
  #asked = 0;

  constructor(options: LinkServerOptions) {
    this.#options = options;
  }

  /** Takes WebSocket upgrades at `/link` of the door's HTTP server. */
  listenOn(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get connected(): boolean {
    return this.#peer !== undefined;
  }

  /** Tells a fact; it is kept until the server acknowledged it. */
  fact(fact: Fact): void {
    const { seq } = this.#queue.push(fact);
    this.#send({ type: 'fact', seq, fact });
  }

  /** Asks the server whether the bearer of a token may watch; no answer in time, or no server, is no. */
  authorize(streamId: string, token: string): Promise<boolean> {
    if (!this.#peer) return Promise.resolve(false);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const settle = (allowed: boolean): void => {
        cancel();
        this.#verdicts.delete(id);
        resolve(allowed);
      };
      const cancel = this.#options.clock.after(VERDICT, () => settle(false));
      this.#verdicts.set(id, settle);
      this.#send({ type: 'authorize', id, stream_id: streamId, token });
    });
  }

  /** Tells something that may be lost. */
  tell(message: Extract<FromEngine, { type: 'metrics' }>): void {
    this.#send(message);
  }

  async close(): Promise<void> {
    this.#peer?.close(1001);
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url !== '/link' || !this.#authorized(request)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#welcome(peer));
  }

  #authorized(request: IncomingMessage): boolean {
    const expected = createHash('sha256').update(this.#options.key).digest('hex');
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${expected}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #welcome(peer: WebSocket): void {
    this.#peer?.close(4001, 'another server has connected');
    this.#peer = peer;
    peer.on('message', (data) => this.#message(peer, data.toString()));
    peer.on('error', (error) => console.error('the link failed', error));
    peer.on('close', () => {
      if (this.#peer === peer) this.#peer = undefined;
    });
    this.#send(this.#options.hello());
    for (const { seq, fact } of this.#queue.waiting()) this.#send({ type: 'fact', seq, fact });
  }

  #message(peer: WebSocket, text: string): void {
    const message = parse(text);
    if (!message) {
      peer.close(1008, 'not understood');
      return;
    }
    if (message.type === 'ack') this.#queue.acknowledge(message.seq);
    else if (message.type === 'desired') this.#options.onDesired(message.desired);
    else if (message.type === 'verdict') this.#verdicts.get(message.id)?.(message.allowed);
    else void this.#command(message);
  }

  async #command(command: Command): Promise<void> {
    try {
      await this.#options.onCommand(command);
      this.#send({ type: 'reply', id: command.id, ok: true });
    } catch (error) {
      console.error(`the command ${command.type} failed`, error);
      this.#send({ type: 'reply', id: command.id, ok: false, error: `${command.type} failed` });
    }
  }

  #send(message: FromEngine): void {
    if (this.#peer?.readyState === this.#peer?.OPEN) this.#peer?.send(JSON.stringify(message));
  }
}

function parse(text: string): ToEngine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return ToEngine.safeParse(value).data;
}
