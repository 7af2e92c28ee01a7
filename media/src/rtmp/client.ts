import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { MalformedError } from '../bytes/index.ts';
import { type AmfValue, TAG, type TagSink, writeAmf } from '../flv/index.ts';
import type { Clock } from '../stream/index.ts';
import { eachAggregated } from './aggregate.ts';
import { ChunkReader } from './chunk-reader.ts';
import { commandMessage, controlMessage, MEDIA_STREAM, userControl } from './chunk-writer.ts';
import { RtmpError } from './errors.ts';
import { Handshake } from './handshake.ts';
import { EVENT, MESSAGE, OUR_CHUNK_SIZE, WINDOW } from './message.ts';
import { networkError } from './network-error.ts';
import { refusalOf } from './refusal.ts';
import { type Command, isObject, readCommand, textOf } from './server/command.ts';
import type { RtmpUrl } from './url.ts';

/** Opens the socket; may throw to refuse the target. The bytes come by `onread`, or as data events over TLS. */
export type RtmpConnect = (
  target: { readonly host: string; readonly port: number; readonly secure: boolean },
  onread: { readonly buffer: Buffer; readonly callback: (length: number, buffer: Uint8Array) => boolean },
) => Socket;

export interface RtmpClientOptions {
  readonly url: RtmpUrl;
  readonly connect: RtmpConnect;
  /** Lent for each read; may be shared by clients of one thread. */
  readonly readBuffer: Buffer;
  readonly clock: Pick<Clock, 'after'>;
  readonly random: (size: number) => Buffer;
  /** Takes what is played. */
  readonly sink: TagSink;
  /** The connection is gone, for this reason. Called once, and not for `close`. */
  readonly onClose: (error: unknown) => void;
  /** Over TLS, before anything is said: throws to refuse the certificate. */
  readonly trust?: (socket: TLSSocket) => void;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds for the handshake and for each answer. */
const ANSWER_MS = 10_000;
const BUFFER_MS = 1_000;
const FOUR_CCS = ['avc1', 'hvc1', 'av01', 'mp4a', 'Opus'];
const AGENT = 'FMLE/3.0 (compatible; Nightjar)';

/** One connection to an RTMP server, to play from it or to publish to it. Dies once. */
export class RtmpClient {
  readonly #options: RtmpClientOptions;
  readonly #reader: ChunkReader;
  #handshake: Handshake | undefined;
  #socket: Socket | undefined;
  #opened: Pending | undefined;
  /** Commands that wait for a result, oldest first: some servers answer all with number 0 (quirk 61). */
  readonly #results: Pending[] = [];
  /** Waits for `onStatus`, or for the first media. */
  #started: Pending | undefined;
  #transaction = 0;
  #received = 0;
  #acknowledged = 0;
  #window = WINDOW;
  #over = false;

  constructor(options: RtmpClientOptions) {
    this.#options = options;
    this.#reader = new ChunkReader({
      message: (type, _streamId, timestamp, b, start, end) => this.#message(type, timestamp, b, start, end),
    });
  }

  /** Bytes received. */
  get bytes(): number {
    return this.#received;
  }

  /** Bytes written and not yet taken. */
  get writableLength(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** Connects and asks for the stream. Resolves when media follows. Rejects with RtmpError. */
  async play(): Promise<void> {
    await this.#open();
    await this.#command('createStream', null);
    const { name } = this.#options.url;
    // Live, then whatever there is: -2 (RTMP specification 7.2.2.1).
    this.#write(this.#commandBytes(MEDIA_STREAM, 'play', null, name, -2000));
    this.#write(userControl(EVENT.setBufferLength, MEDIA_STREAM, BUFFER_MS));
    await this.#answer((pending) => {
      this.#started = pending;
    });
  }

  /** Connects and offers a stream. Resolves when the server takes messages: see `write`. Rejects with RtmpError. */
  async publish(): Promise<void> {
    await this.#open();
    const { name } = this.#options.url;
    this.#write(this.#commandBytes(0, 'releaseStream', null, name));
    this.#write(this.#commandBytes(0, 'FCPublish', null, name));
    await this.#command('createStream', null);
    this.#write(this.#commandBytes(MEDIA_STREAM, 'publish', null, name, 'live'));
    await this.#answer((pending) => {
      this.#started = pending;
    });
  }

  /** Sends messages in chunks of `rtmpFraming`. */
  write(chunk: Buffer): void {
    this.#write(chunk);
  }

  cork(): void {
    this.#socket?.cork();
  }

  uncork(): void {
    this.#socket?.uncork();
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#reader.stop();
    this.#rejectAll(new RtmpError('closed_by_camera', 'the connection was closed'));
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.destroy();
    await closed;
  }

  async #open(): Promise<void> {
    const { url, connect, readBuffer } = this.#options;
    const callback = (length: number, buffer: Uint8Array): boolean => {
      this.#data(buffer as Buffer, length);
      return true;
    };
    const socket = connect(url, { buffer: readBuffer, callback });
    this.#socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(networkError(error)));
    socket.on('close', () =>
      this.#fail(new RtmpError('closed_by_camera', 'the server closed the connection')),
    );
    socket.setNoDelay(true);
    if (url.secure) socket.on('data', (chunk: Buffer) => this.#data(chunk, chunk.length));
    socket.once(url.secure ? 'secureConnect' : 'connect', () => this.#greet(socket));
    await this.#answer((pending) => {
      this.#opened = pending;
    });
    this.#write(controlMessage(MESSAGE.setChunkSize, OUR_CHUNK_SIZE));
    await this.#command('connect', {
      app: url.app,
      type: 'nonprivate',
      flashVer: AGENT,
      tcUrl: url.tcUrl,
      fpad: false,
      capabilities: 15,
      audioCodecs: 4071,
      videoCodecs: 252,
      videoFunction: 1,
      fourCcList: FOUR_CCS,
    });
    this.#write(controlMessage(MESSAGE.windowAckSize, WINDOW));
  }

  #greet(socket: Socket): void {
    const { random, trust } = this.#options;
    try {
      if (socket instanceof TLSSocket) trust?.(socket);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#handshake = new Handshake('client', { write: (bytes) => this.#write(bytes), random });
  }

  /** Sends a command and waits for its result. The transaction number of `connect` is 1. */
  #command(name: string, ...values: readonly AmfValue[]): Promise<void> {
    this.#write(this.#commandBytes(0, name, ...values));
    return this.#answer((pending) => this.#results.push(pending));
  }

  #commandBytes(streamId: number, name: string, ...values: readonly AmfValue[]): Buffer {
    const body = writeAmf(name, ++this.#transaction, ...values);
    return commandMessage(body, { streamId, chunkSize: OUR_CHUNK_SIZE });
  }

  #answer(wait: (pending: Pending) => void): Promise<void> {
    if (this.#over) return Promise.reject(new RtmpError('closed_by_camera', 'the connection was closed'));
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(ANSWER_MS, () =>
        this.#fail(new RtmpError('timeout', `no answer within ${ANSWER_MS / 1000} s`)),
      );
      wait({
        resolve: () => {
          cancel();
          resolve();
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
    });
  }

  #write(bytes: Buffer): void {
    if (this.#socket?.writable) this.#socket.write(bytes);
  }

  #data(b: Buffer, length: number): void {
    const handshake = this.#handshake;
    if (this.#over || !handshake) return;
    try {
      const at = handshake.done ? 0 : handshake.read(b, 0, length);
      if (handshake.done) this.#settle('#opened');
      if (at < length) this.#reader.read(b, at, length);
      this.#acknowledge(length);
    } catch (error) {
      this.#fail(error instanceof MalformedError ? new RtmpError('protocol_error', error.message) : error);
    }
  }

  #acknowledge(bytes: number): void {
    this.#received += bytes;
    if (this.#received - this.#acknowledged < this.#window) return;
    this.#acknowledged = this.#received;
    this.#write(controlMessage(MESSAGE.acknowledgement, this.#received % 2 ** 32));
  }

  #message(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    const { sink } = this.#options;
    if (type === MESSAGE.command) this.#commanded(readCommand(b, start, end));
    else if (type === MESSAGE.amf3Command) this.#commanded(readCommand(b, start + 1, end));
    else if (type === MESSAGE.userControl) this.#control(b, start, end);
    else if (type === MESSAGE.windowAckSize && end - start >= 4) {
      this.#window = Math.max(1024, b.readUInt32BE(start));
    } else if (type === MESSAGE.aggregate) eachAggregated(timestamp, b, start, end, sink);
    else if (type === MESSAGE.amf3Data) sink.tag(TAG.script, timestamp, b, start + 1, end);
    else if (type === TAG.audio || type === TAG.video || type === TAG.script) {
      if (type !== TAG.script) this.#settle('#started');
      sink.tag(type, timestamp, b, start, end);
    }
  }

  #control(b: Buffer, start: number, end: number): void {
    if (end - start < 6 || b.readUInt16BE(start) !== EVENT.ping) return;
    this.#write(userControl(EVENT.pong, b.readUInt32BE(start + 2)));
  }

  #commanded(command: Command | undefined): void {
    if (!command) return;
    const { name, values, object } = command;
    if (name === '_result') this.#results.shift()?.resolve();
    else if (name === '_error') this.#fail(refusalOf(values.find(isObject) ?? object));
    else if (name === 'close') this.#fail(new RtmpError('closed_by_camera', 'the server ended the session'));
    else if (name === 'onStatus') this.#status(values.find(isObject));
  }

  #status(info: { level?: AmfValue; code?: AmfValue } | undefined): void {
    const code = textOf(info?.code);
    if (textOf(info?.level) === 'error' || ENDINGS.has(code)) this.#fail(refusalOf(info));
    else if (STARTS.has(code)) this.#settle('#started');
  }

  #settle(which: '#opened' | '#started'): void {
    const pending = which === '#opened' ? this.#opened : this.#started;
    if (which === '#opened') this.#opened = undefined;
    else this.#started = undefined;
    pending?.resolve();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.stop();
    this.#socket?.destroy();
    this.#rejectAll(error);
    this.#options.onClose(error);
  }

  #rejectAll(error: unknown): void {
    const pending = [this.#opened, this.#started, ...this.#results.splice(0)];
    this.#opened = undefined;
    this.#started = undefined;
    for (const each of pending) each?.reject(error);
  }
}

const STARTS: ReadonlySet<string> = new Set(['NetStream.Play.Start', 'NetStream.Publish.Start']);
const ENDINGS: ReadonlySet<string> = new Set([
  'NetStream.Play.UnpublishNotify',
  'NetStream.Play.Stop',
  'NetStream.Play.Complete',
]);
