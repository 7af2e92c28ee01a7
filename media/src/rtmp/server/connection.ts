import type { Socket } from 'node:net';
import { MalformedError } from '../../bytes/index.ts';
import type { Arrival, Guest } from '../../doorstep/index.ts';
import type { Clock } from '../../stream/index.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { controlMessage, MEDIA_STREAM, userControl } from '../chunk-writer.ts';
import { RtmpError } from '../errors.ts';
import { Handshake } from '../handshake.ts';
import { EVENT, MESSAGE, WINDOW } from '../message.ts';
import { status } from './command.ts';
import type { RtmpPeer, SessionHooks } from './hooks.ts';
import { RtmpSession } from './session.ts';

/** What a server counts over all its connections. */
export interface RtmpCounters {
  connections: number;
  /** Closed for what they sent. */
  malformed: number;
  /** Sent away with a reason. */
  refused: number;
}

export interface ServerConnectionOptions extends SessionHooks {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: (size: number) => Buffer;
  readonly counters: RtmpCounters;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds until somebody must publish or play, and that the last words may take. */
const UNDECIDED_MS = 15_000;
const LINGER_MS = 5_000;
/** Bytes of a message, and answers unread, of somebody who has shown no right yet. */
const STRANGER_MESSAGE = 64 * 1024;
const STRANGER_UNREAD = 64 * 1024;
const MAX_MESSAGE = 16 * 1024 * 1024;
const WRAP = 2 ** 32;

/** One client's connection: handshake, chunks, and its end. */
export class ServerConnection implements RtmpPeer, Guest {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ServerConnectionOptions;
  readonly #handshake: Handshake;
  readonly #reader: ChunkReader;
  readonly #session: RtmpSession;
  #since: number;
  #received = 0;
  #acknowledged = 0;
  #window = WINDOW;
  #endingSince: number | undefined;

  constructor(arrival: Arrival, options: ServerConnectionOptions) {
    const socket = arrival.listen((buffer, length) => this.#data(buffer, length));
    this.#socket = socket;
    this.#options = options;
    this.#since = options.clock.monotonic();
    this.#handshake = new Handshake('server', {
      write: (bytes) => void socket.write(bytes),
      random: options.random,
    });
    this.#reader = new ChunkReader({
      message: (type, _streamId, timestamp, b, start, end) => this.#message(type, timestamp, b, start, end),
    });
    this.#reader.maxMessage = STRANGER_MESSAGE;
    this.#session = new RtmpSession({
      publish: options.publish,
      play: options.play,
      peer: this,
      address: socket.remoteAddress ?? '',
      onBusy: (busy) => {
        // Not everybody waits for the answer: a key frame may be on its way, of which one read at most is kept.
        this.#reader.maxMessage = MAX_MESSAGE;
        if (!busy) socket.resume();
      },
      onError: options.onError,
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.end());
    socket.once('close', () => {
      this.#reader.stop();
      this.#session.close('the publisher went away');
    });
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  get publishing(): boolean {
    return this.#session.publishing;
  }

  get playing(): boolean {
    return this.#session.playing;
  }

  write(chunk: Buffer): void {
    if (this.#socket.writable) this.#socket.write(chunk);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  end(code: string, description: string): void {
    if (this.#endingSince !== undefined || this.#socket.destroyed) return;
    this.#options.counters.refused++;
    if (this.#session.playing) this.write(userControl(EVENT.streamEof, MEDIA_STREAM));
    this.write(status(MEDIA_STREAM, 'error', code, description));
    this.#session.ended();
    this.#finish();
  }

  /** Ends a connection that never says what it wants, and one that does not go after it was told to. */
  sweep(now: number): void {
    if (this.#endingSince !== undefined) {
      if (now - this.#endingSince > LINGER_MS) this.#socket.destroy();
    } else if (this.publishing || this.playing || this.#session.busy) this.#since = now;
    else if (now - this.#since > UNDECIDED_MS) this.#finish();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #finish(): void {
    this.#endingSince ??= this.#options.clock.monotonic();
    this.#reader.stop();
    this.#session.close('the connection was ended');
    this.#socket.end();
    // What still comes is thrown away: only who reads hears that the other side has closed as well.
    this.#socket.resume();
  }

  #data(buffer: Buffer, length: number): void {
    if (this.#endingSince !== undefined) return;
    try {
      const at = this.#handshake.done ? 0 : this.#handshake.read(buffer, 0, length);
      if (at < length) this.#reader.read(buffer, at, length);
      this.#acknowledge(length);
      if (this.#session.busy) this.#socket.pause();
    } catch (error) {
      if (!(error instanceof RtmpError) && !(error instanceof MalformedError)) this.#options.onError(error);
      this.#options.counters.malformed++;
      this.#session.close(error instanceof Error ? error.message : 'the connection failed');
      this.#finish();
    }
  }

  /** Tells how much arrived, for senders that wait for it; counted modulo 2^32 (quirk 60). */
  #acknowledge(bytes: number): void {
    this.#received += bytes;
    if (!this.#handshake.done || this.#received - this.#acknowledged < this.#window) return;
    this.#acknowledged = this.#received;
    this.write(controlMessage(MESSAGE.acknowledgement, this.#received % WRAP));
  }

  #message(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    if (type === MESSAGE.windowAckSize && end - start >= 4) {
      this.#window = Math.max(1024, b.readUInt32BE(start));
    } else if (type === MESSAGE.userControl) this.#control(b, start, end);
    else this.#session.message(type, timestamp, b, start, end);
    if (!this.playing && this.#socket.writableLength > STRANGER_UNREAD) {
      throw new RtmpError('protocol_error', 'answers are not read');
    }
  }

  #control(b: Buffer, start: number, end: number): void {
    if (end - start < 6 || b.readUInt16BE(start) !== EVENT.ping) return;
    this.write(userControl(EVENT.pong, b.readUInt32BE(start + 2)));
  }
}
