import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  AuthorizeMessage,
  type DistantFile,
  type Fact,
  type FromEngine,
  GRANT_PREFIX,
  type Hello,
  isLinkAuthorization,
  ToEngine,
} from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Log } from '../kernel/index.ts';
import { FactQueue } from './fact-queue.ts';

/** Answers a command; rejects with a message for the server. */
export type CommandHandler = (command: Command) => Promise<Answer | undefined>;

export type Command = Extract<ToEngine, { type: 'inventory' | 'delete_footage' | 'probe' }>;

/** What a command brought, besides its being done. */
export type Answer = Pick<Extract<FromEngine, { type: 'reply' }>, 'probe'>;

/** What the server says of a token or a grant. */
export interface Verdict {
  readonly allowed: boolean;
  /** Whose it is, as `kind:id`. */
  readonly sub?: string | undefined;
  /** They may see the original of a stream whose privacy is on. */
  readonly unblurred?: boolean | undefined;
}

export interface LinkServerOptions {
  /** Shared with the server; see `linkKeyPath`. */
  readonly key: Buffer;
  readonly hello: () => Hello;
  readonly onDesired: (desired: Extract<ToEngine, { type: 'desired' }>['desired']) => void;
  /** Footage of a stream is to be kept up to so many seconds from now. */
  readonly onKeepFootage: (streamId: string, seconds: number) => void;
  readonly onCommand: CommandHandler;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Pick<Log, 'error' | 'warn'>;
}

/** Milliseconds the server has to answer a question. */
const PATIENCE = 5_000;

type Question = Extract<FromEngine, { type: 'authorize' | 'where' | 'unseal' }>;
type Reply = Extract<ToEngine, { type: 'verdict' | 'there' | 'unsealed' }>;
/** A sealed file that somebody wants to read, and their grant. */
export type UnsealQuestion = Omit<Extract<FromEngine, { type: 'unseal' }>, 'type' | 'id'>;

/** Milliseconds the sizes of segments are held back, to be sent together. */
const HOLD = 2_000;

/** Facts of a message: less than the server takes in one, however long each is. */
const MOST_TOGETHER = 500;

/** Largest message the server may send: thousands of streams. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** The engine's end of the link: one server at a time, facts up, desired state and commands down. */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE });
  readonly #queue = new FactQueue();
  readonly #questions = new Map<number, (reply: Reply | undefined) => void>();
  #peer: WebSocket | undefined;
  #asked = 0;
  /** Number of the last fact sent to this server. */
  #sent = 0;
  #cancelFlush: (() => void) | undefined;

  constructor(options: LinkServerOptions) {
    this.#options = options;
  }

  /** Takes WebSocket upgrades at `/link` of the door's HTTP server; refuses all but those that `others` take. */
  listenOn(server: Server, others: (path: string) => boolean = () => false): void {
    server.on('upgrade', (request, socket, head) => {
      if (!others(request.url ?? '')) this.#upgrade(request, socket, head);
    });
  }

  get connected(): boolean {
    return this.#peer !== undefined;
  }

  /** Tells a fact; it is kept until the server acknowledged it. */
  fact(fact: Fact): void {
    this.#queue.push(fact);
    if (fact.kind !== 'segment.grown') this.#flush();
    else this.#cancelFlush ??= this.#options.clock.after(HOLD, () => this.#flush());
  }

  /** Asks the server whether the bearer of a token may watch; no answer in time, or no server, is no. */
  async authorize(streamId: string, token: string): Promise<boolean> {
    return (await this.judge(streamId, token))?.allowed === true;
  }

  /** What the server says of a token or a ticket's grant; undefined when it gives no answer in time. */
  judge(streamId: string, token: string): Promise<Verdict | undefined> {
    const id = ++this.#asked;
    const question = AuthorizeMessage.safeParse({ type: 'authorize', id, stream_id: streamId, token });
    if (!this.#peer) return Promise.resolve(undefined);
    // The server takes what breaks the shape for a broken engine; here it is only what a stranger typed.
    if (!question.success) return Promise.resolve({ allowed: false });
    return this.#ask(question.data, (reply) => (reply.type === 'verdict' ? reply : undefined));
  }

  /** The same of what a stranger shows: a grant, which can be read in a ticket, lets nobody in. */
  judgeShown(streamId: string, token: string): Promise<Verdict | undefined> {
    return token.startsWith(GRANT_PREFIX) ? Promise.resolve({ allowed: false }) : this.judge(streamId, token);
  }

  /** What lies in object stores around a range (UTC ms) of a stream; undefined when nobody answers in time. */
  where(streamId: string, start: number, end: number): Promise<readonly DistantFile[] | undefined> {
    const id = ++this.#asked;
    const [from, to] = [new Date(start).toISOString(), new Date(end).toISOString()];
    const question = { type: 'where', id, stream_id: streamId, from, to } as const;
    return this.#ask(question, (reply) => (reply.type === 'there' ? reply.files : undefined));
  }

  /** The key of a sealed file; `shut` when the server refuses it, undefined when nobody answers in time. */
  unseal(question: UnsealQuestion): Promise<Buffer | 'shut' | undefined> {
    const id = ++this.#asked;
    return this.#ask({ type: 'unseal', id, ...question }, (reply) => {
      if (reply.type !== 'unsealed') return undefined;
      return reply.key === undefined ? 'shut' : Buffer.from(reply.key, 'base64');
    });
  }

  async #ask<T>(question: Question, answerOf: (reply: Reply) => T | undefined): Promise<T | undefined> {
    const { id } = question;
    if (!this.#peer) return undefined;
    const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
    const cancel = this.#options.clock.after(PATIENCE, () => resolve(undefined));
    this.#questions.set(id, resolve);
    this.#send(question);
    try {
      const reply = await promise;
      return reply && answerOf(reply);
    } finally {
      cancel();
      this.#questions.delete(id);
    }
  }

  /** Tells something that may be lost. */
  tell(message: Extract<FromEngine, { type: 'metrics' | 'objects' }>): void {
    this.#send(message);
  }

  async close(): Promise<void> {
    this.#noReplies();
    this.#flush();
    this.#peer?.close(1001);
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { key } = this.#options;
    if (request.url !== '/link' || !isLinkAuthorization(key, request.headers.authorization)) {
      // Nobody else listens: the HTTP server let go of the socket.
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#welcome(peer));
  }

  /** Nobody is left who could answer. */
  #noReplies(): void {
    for (const settle of [...this.#questions.values()]) settle(undefined);
  }

  #welcome(peer: WebSocket): void {
    this.#noReplies();
    this.#peer?.close(4001, 'another server has connected');
    this.#peer = peer;
    peer.on('message', (data) => this.#message(peer, data.toString()));
    peer.on('error', (error) => this.#options.log.warn('the link failed', { error }));
    peer.on('close', () => {
      if (this.#peer !== peer) return;
      this.#peer = undefined;
      this.#noReplies();
    });
    this.#send(this.#options.hello());
    this.#sent = 0;
    this.#flush();
  }

  /** Sends what this server has not got yet, all in one turn: it stores them in one transaction. */
  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (!this.#peer) return;
    const facts = [...this.#queue.waiting(this.#sent)];
    for (let from = 0; from < facts.length; from += MOST_TOGETHER) {
      const some = facts.slice(from, from + MOST_TOGETHER);
      this.#send({ type: 'facts', facts: some });
      this.#sent = some.at(-1)!.seq;
    }
  }

  #message(peer: WebSocket, text: string): void {
    const message = parse(text);
    if (!message) {
      peer.close(1008, 'not understood');
      return;
    }
    if (message.type === 'ack') this.#queue.acknowledge(message.seq);
    else if (message.type === 'desired') this.#options.onDesired(message.desired);
    else if (message.type === 'keep_footage') this.#options.onKeepFootage(message.stream_id, message.seconds);
    else if (message.type === 'verdict' || message.type === 'there' || message.type === 'unsealed') {
      this.#questions.get(message.id)?.(message);
    } else void this.#command(peer, message);
  }

  async #command(peer: WebSocket, command: Command): Promise<void> {
    const { id, type } = command;
    let error: string | undefined;
    let answer: Answer | undefined;
    try {
      answer = await this.#options.onCommand(command);
    } catch (cause) {
      const about = 'stream_id' in command ? { stream_id: command.stream_id } : {};
      this.#options.log.error(`the command ${type} failed`, { ...about, error: cause });
      error = `${type} failed`;
    }
    // Numbers count within a connection: another server would take it for the answer to something else.
    if (this.#peer !== peer) return;
    // What the command told comes before its reply, also what is held back.
    this.#flush();
    this.#send({
      type: 'reply',
      id,
      ok: error === undefined,
      ...(error === undefined ? {} : { error }),
      ...answer,
    });
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
