import type { Socket } from 'node:net';
import type { Arrival, Guest } from '../../doorstep/index.ts';
import { RtspError } from '../errors.ts';
import { cseqOf, formatResponse, type RtspMessage, type RtspRequest } from '../wire/message.ts';
import { WireReader } from '../wire/reader.ts';
import { Dialogue, type DialogueOptions } from './dialogue.ts';
import { Doorway, type Tunnels } from './doorway.ts';
import type { Answer } from './session.ts';
import type { RtspSessionInfo } from './session-info.ts';

export interface ServerConnectionOptions extends DialogueOptions {
  /** An error of ours (mostly of `resolve`); the client was answered 500. */
  readonly onError: (error: unknown) => void;
  /** Absent: no RTSP over HTTP. */
  readonly tunnels: Tunnels | undefined;
}

const MAX_QUEUED = 16;
const IDLE_MS = 60_000;
const LINGER_MS = 10_000;
/** Bytes of answers a client may leave unread; more once it plays. */
const MAX_UNREAD = 64 * 1024;
const MAX_UNREAD_PLAYING = 16 * 1024 * 1024;

/** One client's connection: its requests in order, its answers, and its end. */
export class ServerConnection implements Guest {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ServerConnectionOptions;
  readonly #reader: WireReader;
  readonly #dialogue: Dialogue;
  readonly #doorway: Doorway;
  readonly #queue: RtspRequest[] = [];
  #busy = false;
  #lastRequest: number;
  #endingSince: number | undefined;

  constructor(arrival: Arrival, options: ServerConnectionOptions) {
    const socket = arrival.listen((buffer, length) => this.#doorway.data(buffer, length));
    this.#socket = socket;
    this.#options = options;
    this.#lastRequest = options.clock.monotonic();
    this.#dialogue = new Dialogue(socket, options, {
      end: () => this.#end(),
      alive: () => this.#endingSince === undefined && !socket.destroyed,
    });
    this.#reader = new WireReader(
      {
        packet: (channel, buffer, start, end) => this.#dialogue.packet(channel, buffer, start, end),
        message: (message) => this.#message(message),
      },
      { peer: this.#dialogue.peer, strict: true, maxBody: 64 * 1024 },
    );
    this.#doorway = new Doorway({
      tunnels: options.tunnels,
      address: socket.remoteAddress ?? '',
      rtsp: (buffer, length) => this.#data(buffer, length),
      write: (text) => void socket.write(text),
      refuse: () => {
        options.counters.malformed++;
        this.#end();
      },
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.#listen();
  }

  get session(): RtspSessionInfo | undefined {
    return this.#dialogue.session;
  }

  /** Ends a connection that asks for nothing, whose client is gone, or that does not go after it was told to. */
  sweep(now: number): void {
    if (this.#endingSince !== undefined) {
      if (now - this.#endingSince > LINGER_MS) this.#socket.destroy();
      return;
    }
    if (this.#doorway.serving) return;
    const idle = !this.#dialogue.playing && now - this.#lastRequest > IDLE_MS;
    if (idle || this.#dialogue.isDead(now, this.#lastRequest)) this.#end();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#doorway.close();
      this.#reader.stop();
      this.#queue.length = 0;
      this.#dialogue.leave();
    });
  }

  #data(buffer: Buffer, length: number): void {
    try {
      this.#reader.read(buffer, length);
    } catch (error) {
      if (!(error instanceof RtspError)) this.#options.onError(error);
      this.#malformed();
    }
  }

  #malformed(): void {
    if (this.#endingSince !== undefined) return;
    this.#options.counters.malformed++;
    this.#socket.write(formatResponse(400, [['Connection', 'close']]));
    this.#end();
  }

  /** No more requests; what is queued still goes out, for at most 10 s. */
  #end(): void {
    this.#endingSince ??= this.#options.clock.monotonic();
    this.#reader.stop();
    this.#queue.length = 0;
    this.#dialogue.leave();
    this.#socket.end();
  }

  #message(message: RtspMessage): void {
    if (message.kind === 'response') return;
    this.#lastRequest = this.#options.clock.monotonic();
    const unread = this.#dialogue.playing ? MAX_UNREAD_PLAYING : MAX_UNREAD;
    if (this.#queue.length >= MAX_QUEUED || this.#socket.writableLength > unread) this.#malformed();
    else {
      this.#queue.push(message);
      if (!this.#busy) void this.#work();
    }
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let request = this.#queue.shift(); request; request = this.#queue.shift()) {
      try {
        await this.#handle(request);
      } catch (error) {
        this.#options.counters.failed++;
        this.#options.onError(error);
        this.#reply(request, { status: 500 });
      }
    }
    this.#busy = false;
  }

  async #handle(request: RtspRequest): Promise<void> {
    const refused = await this.#dialogue.refusal(request);
    if (refused) return this.#reply(request, refused);
    const outcome = this.#dialogue.perform(request);
    // PLAY has to be answered before the media, which comes in the next microtask: no await for a plain answer.
    this.#reply(request, outcome instanceof Promise ? await outcome : outcome);
  }

  #reply(request: RtspRequest, { status, headers = [], body }: Answer): void {
    if (!this.#socket.writable) return;
    const cseq = cseqOf(request);
    const common = cseq === undefined ? [] : [['CSeq', String(cseq)] as const];
    this.#socket.write(formatResponse(status, [...common, ...headers], body));
    if (status === 400 || this.#dialogue.gate.exhausted) this.#end();
  }
}
