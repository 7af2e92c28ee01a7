import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../stream/index.ts';
import type { ClientAuth } from './auth/client-auth.ts';
import { RtspError } from './errors.ts';
import { socketError } from './socket-error.ts';
import {
  cseqOf,
  formatRequest,
  formatResponse,
  type HeaderList,
  type RtspMessage,
  type RtspRequest,
  type RtspResponse,
} from './wire/message.ts';
import { WireReader, type WireSink } from './wire/reader.ts';
import { formatPeer } from './wire/url.ts';

/** Where to connect to; `secure` asks for TLS. */
export interface RtspTarget {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** The `onread` option of `net.connect`. */
export interface OnRead {
  readonly buffer: Buffer;
  readonly callback: (length: number, buffer: Uint8Array) => boolean;
}

/**
 * Opens the socket, by `net.connect({ host, port, onread })` or, when `secure`, by `tls.connect` (which has no
 * `onread`: its data events are read instead). May throw to refuse the target: the error is passed on as it is.
 */
export type Connect = (target: RtspTarget, onread: OnRead) => Socket;

/** The part of a socket that a connection uses; events `connect` or `secureConnect`, `error`, `close`. */
export interface RtspSocket extends NodeJS.EventEmitter {
  readonly writableLength: number;
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
  write(bytes: Buffer): boolean;
  destroy(): void;
  setNoDelay(on: boolean): void;
}

export interface ConnectionOptions {
  readonly target: RtspTarget;
  /** May know the camera's challenge from a connection before. */
  readonly auth: ClientAuth;
  readonly connect: (target: RtspTarget, onread: OnRead) => RtspSocket;
  readonly readBuffer: Buffer;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly connectMs: number;
  readonly requestMs: number;
  readonly packet: WireSink['packet'];
  /** The connection is gone; called once, after every pending request was rejected with the same error. */
  readonly onFail: (error: unknown) => void;
}

/** What a request has beside its headers. */
export interface RequestExtras {
  /** Milliseconds for the answer, where it has to come sooner than others. */
  readonly longest?: number;
  readonly body?: string;
}

interface Pending {
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderList;
  readonly body: string;
  attempt: number;
  readonly settle: (response: RtspResponse) => void;
  readonly fail: (error: unknown) => void;
}

const MAX_QUEUED_BYTES = 256 * 1024;
const ANSWERED = new Set(['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER']);

/** One TCP connection to an RTSP server: requests with authentication, interleaved packets, server requests. */
export class Connection {
  readonly peer: string;
  readonly #options: ConnectionOptions;
  readonly #reader: WireReader;
  readonly #pending = new Map<number, Pending>();
  readonly #socket: RtspSocket;
  readonly #opened: Promise<void>;
  readonly #closed: Promise<void>;
  #cseq = 0;
  #open = false;
  #failed: { error: unknown } | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.peer = formatPeer(options.target);
    const { packet } = options;
    this.#reader = new WireReader(
      { packet, message: (message) => this.#message(message) },
      { peer: this.peer, strict: false },
    );
    this.#socket = options.connect(options.target, {
      buffer: options.readBuffer,
      callback: (length, buffer) => this.#read(length, buffer as Buffer),
    });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#opened = this.#start();
  }

  get garbageBytes(): number {
    return this.#reader.garbageBytes;
  }

  /** Both ends as IP addresses; undefined before {@link opened} and once closed. */
  get addresses(): { readonly local: string; readonly remote: string } | undefined {
    const { localAddress: local, remoteAddress: remote } = this.#socket;
    return local === undefined || remote === undefined ? undefined : { local, remote };
  }

  /** Resolves when connected. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /**
   * Sends a request and answers one 401 with credentials. Resolves with any other status.
   * @throws RtspError `auth_failed`, `timeout`, or why the connection was lost.
   */
  async request(
    method: string,
    uri: string,
    headers: HeaderList = [],
    { longest = Number.POSITIVE_INFINITY, body = '' }: RequestExtras = {},
  ): Promise<RtspResponse> {
    await this.#opened;
    const { clock } = this.#options;
    const requestMs = Math.min(this.#options.requestMs, longest);
    return new Promise((resolve, reject) => {
      if (this.#failed) return reject(this.#failed.error);
      const cancel = clock.after(requestMs, () => {
        this.fail(new RtspError('timeout', `${this.peer}: no answer to ${method} within ${requestMs} ms`));
      });
      this.#send({
        method,
        uri,
        headers,
        body,
        attempt: 0,
        settle: (response) => {
          cancel();
          resolve(response);
        },
        fail: (error) => {
          cancel();
          reject(error);
        },
      });
    });
  }

  /**
   * Sends a request whose answer may never come: `onAnswer` is called if it does. An earlier request with the
   * same `onAnswer` is forgotten.
   */
  post(method: string, uri: string, headers: HeaderList, onAnswer: (response: RtspResponse) => void): void {
    if (!this.#open || this.#failed) return;
    for (const [cseq, pending] of this.#pending) if (pending.settle === onAnswer) this.#pending.delete(cseq);
    this.#send({ method, uri, headers, body: '', attempt: 0, settle: onAnswer, fail: () => undefined });
  }

  /** Writes framed interleaved bytes; false when they were dropped because the camera does not read. */
  write(bytes: Buffer): boolean {
    if (!this.#open || this.#failed || this.#socket.writableLength > MAX_QUEUED_BYTES) return false;
    this.#socket.write(bytes);
    return true;
  }

  /** Bytes written and not yet taken. */
  get writableLength(): number {
    return this.#socket.writableLength;
  }

  /** Writes framed interleaved bytes whatever waits: the caller looks at {@link writableLength}. */
  media(bytes: Buffer): void {
    if (this.#open && !this.#failed) this.#socket.write(bytes);
  }

  /** Ends the connection with `error`, which every pending request gets. Does nothing the second time. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = { error };
    this.#reader.stop();
    this.#socket.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { fail } of pending) fail(error);
    this.#options.onFail(error);
  }

  /** Resolves when the socket is closed. */
  closed(): Promise<void> {
    return this.#closed;
  }

  #start(): Promise<void> {
    const socket = this.#socket;
    const { clock, connectMs } = this.#options;
    const secure = socket instanceof TLSSocket;
    if (secure) socket.on('data', (chunk: Buffer) => this.#read(chunk.length, chunk));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.fail(socketError(error, { peer: this.peer, open: this.#open })),
    );
    socket.on('close', () => this.fail(this.#gone()));
    const opened = new Promise<void>((resolve, reject) => {
      const cancel = clock.after(connectMs, () => {
        this.fail(new RtspError('timeout', `${this.peer}: no connection within ${connectMs} ms`));
      });
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        cancel();
        socket.setNoDelay(true);
        this.#open = true;
        resolve();
      });
      socket.once('close', () => {
        cancel();
        reject(this.#failed?.error);
      });
    });
    opened.catch(() => undefined);
    return opened;
  }

  #read(length: number, buffer: Buffer): boolean {
    try {
      this.#reader.read(buffer, length);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  #send(pending: Pending): void {
    const cseq = ++this.#cseq;
    this.#pending.set(cseq, pending);
    const { method, uri } = pending;
    const authorization = this.#options.auth.header(method, uri);
    const headers = [
      ['CSeq', String(cseq)],
      ['User-Agent', this.#options.userAgent],
      ...(authorization === undefined ? [] : [['Authorization', authorization] as const]),
      ...pending.headers,
    ] as const;
    this.#socket.write(formatRequest(method, uri, headers, pending.body));
  }

  #message(message: RtspMessage): void {
    if (message.kind === 'request') this.#answer(message);
    else if (message.status >= 200) this.#response(message);
  }

  #response(response: RtspResponse): void {
    // Some cameras answer without CSeq, or with one of their own: then it is the answer to the oldest request.
    const stated = cseqOf(response) ?? 0;
    const ours = stated >= 1 && stated <= this.#cseq;
    const cseq = ours ? stated : this.#pending.keys().next().value;
    const pending = cseq === undefined ? undefined : this.#pending.get(cseq);
    if (cseq === undefined || !pending) return;
    this.#pending.delete(cseq);
    const challenges = response.headers.get('www-authenticate') ?? [];
    // Without a challenge there is nothing to answer: an OPTIONS refused so says nothing of the rest (quirk 5).
    if (response.status !== 401 || challenges.length === 0) pending.settle(response);
    else if (this.#options.auth.accept(challenges, pending.attempt)) {
      pending.attempt++;
      this.#send(pending);
    } else pending.fail(this.#unauthorized(pending.method));
  }

  #unauthorized(method: string): RtspError {
    const why = this.#options.auth.able ? 'does not accept the credentials' : 'asks for credentials';
    return new RtspError('auth_failed', `${this.peer} ${why} (${method})`, { status: 401 });
  }

  #answer(request: RtspRequest): void {
    const ending = request.method === 'TEARDOWN';
    const status = ANSWERED.has(request.method) || ending ? 200 : 501;
    const cseq = String(cseqOf(request) ?? 0);
    const methods = ['Public', [...ANSWERED].join(', ')] as const;
    this.#socket.write(formatResponse(status, [['CSeq', cseq], methods]));
    if (ending) this.fail(new RtspError('closed_by_camera', `${this.peer} sent TEARDOWN`));
  }

  #gone(): RtspError {
    if (!this.#open) return new RtspError('unreachable', `${this.peer}: closed before it was open`);
    const asked = [...this.#pending.values()].map(({ method }) => method).join(', ');
    const text = `${this.peer} closed the connection${asked && ` during ${asked}`}`;
    return new RtspError('closed_by_camera', text);
  }
}
