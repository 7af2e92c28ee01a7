import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import {
  type DesiredState,
  engineSocketPath,
  type Fact,
  type FromEngine,
  type Hello,
  isLinkAuthorization,
  LINK_VERSION,
  linkKeyPath,
  type ProbeReport,
  RELAY_PATH,
  type RelayOpen,
  ToEngine,
} from '@nightjar/contract/link';
import { type WebSocket, WebSocketServer } from 'ws';
import { RelayEnd } from './relay-end.ts';

export type EngineCommand = Extract<ToEngine, { id: number }>;
type Door = (request: IncomingMessage, response: ServerResponse) => void;

interface Script {
  epoch?: string;
  streams?: Hello['streams'];
  version?: number;
  /** Answers a command; what it returns is the reply's error. */
  onCommand?: (command: EngineCommand, engine: FakeEngine) => string | undefined;
  /** The answer to `probe`. */
  probe?: ProbeReport;
  door?: Door;
  /** Answers viewers of the relay. */
  relay?: (end: RelayEnd, viewer: number, asked: RelayOpen) => void;
}

/** The engine's end of the link and its door on the real Unix socket, doing what a test says. */
export class FakeEngine implements AsyncDisposable {
  readonly received: ToEngine[] = [];
  readonly refusedConnections: string[] = [];
  readonly relays: RelayEnd[] = [];
  readonly #script: Script;
  readonly #http = createServer((request, response) => {
    if (this.#script.door) this.#script.door(request, response);
    else response.writeHead(404).end();
  });
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<Socket>();
  #peer: WebSocket | undefined;
  #seq = 0;
  #watchers: (() => void)[] = [];

  private constructor(script: Script) {
    this.#script = script;
  }

  static async start(dataDir: string, script: Script = {}): Promise<FakeEngine> {
    const engine = new FakeEngine(script);
    const path = engineSocketPath(dataDir);
    await mkdir(dirname(path), { recursive: true });
    engine.#http.on('connection', (socket) => {
      engine.#connections.add(socket);
      socket.once('close', () => engine.#connections.delete(socket));
    });
    engine.#http.on('upgrade', (request, socket, head) => {
      void readFile(linkKeyPath(dataDir)).then((key) => {
        const known = isLinkAuthorization(key, request.headers.authorization);
        if (known && request.url === RELAY_PATH) {
          engine.relays.push(new RelayEnd(socket, head, script.relay));
          return;
        }
        if (request.url !== '/link' || !known) {
          engine.refusedConnections.push(request.url ?? '');
          socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
          return;
        }
        engine.#sockets.handleUpgrade(request, socket, head, (peer) => engine.#welcome(peer));
      });
    });
    engine.#http.listen(path);
    await once(engine.#http, 'listening');
    return engine;
  }

  /** Sends a fact and answers its number. */
  fact(fact: Fact, seq = this.#seq + 1): number {
    this.#seq = Math.max(this.#seq, seq);
    this.send({ type: 'facts', facts: [{ seq, fact }] });
    return seq;
  }

  send(message: FromEngine | string): void {
    this.#peer?.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Ends the connection as a crash would. */
  drop(): void {
    this.#peer?.terminate();
  }

  /** The first value that `look` finds in what was received, now or later. */
  async until<T>(look: (received: readonly ToEngine[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = look(this.received);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** The first desired state for which `holds` is true, now or later. */
  desired(holds: (desired: DesiredState) => boolean = () => true): Promise<DesiredState> {
    return this.until((received) =>
      received.flatMap((message) => (message.type === 'desired' ? [message.desired] : [])).find(holds),
    );
  }

  /** Settles when the fact of this number is acknowledged. */
  async acknowledged(seq: number): Promise<void> {
    await this.until((received) => received.find((message) => message.type === 'ack' && message.seq >= seq));
  }

  command<T extends EngineCommand['type']>(type: T): Promise<Extract<EngineCommand, { type: T }>> {
    return this.until((received) =>
      received.find((message): message is Extract<EngineCommand, { type: T }> => message.type === type),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    // Also those that are being upgraded, which belong to nobody yet.
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #welcome(peer: WebSocket): void {
    this.#peer = peer;
    peer.on('message', (data) => {
      const message = ToEngine.parse(JSON.parse(String(data)));
      this.received.push(message);
      if ('id' in message) this.#reply(message);
      for (const wake of this.#watchers.splice(0)) wake();
    });
    const { epoch = 'epoch-1', streams = [], version = LINK_VERSION } = this.#script;
    this.send({ type: 'hello', version, epoch, pid: 1, ports: { rtsp: 8554 }, streams });
  }

  #reply(command: EngineCommand): void {
    const error = this.#script.onCommand?.(command, this);
    const { probe } = this.#script;
    const answer = command.type === 'probe' && probe ? { probe } : {};
    const ok = error === undefined;
    this.send({ type: 'reply', id: command.id, ok, ...(error ? { error } : {}), ...answer });
  }
}
