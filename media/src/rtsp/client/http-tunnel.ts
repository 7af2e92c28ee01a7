import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ClientAuth } from '../auth/client-auth.ts';
import type { Connect, OnRead, RtspSocket, RtspTarget } from '../connection.ts';
import { RtspError } from '../errors.ts';
import { parseHead, type RtspResponse } from '../wire/message.ts';
import { type Credentials, formatPeer } from '../wire/url.ts';

export interface HttpTunnelOptions {
  readonly connect: Connect;
  /** Path and query of the RTSP address, which is the HTTP one as well. */
  readonly path: string;
  readonly credentials: Credentials | undefined;
  readonly userAgent: string;
  readonly random: (size: number) => Buffer;
}

const MAX_HEAD = 16 * 1024;
/** What every POST claims to bring; a new one begins before it is used up. */
const POST_LENGTH = 32_767;
const TYPE = 'application/x-rtsp-tunnelled';

/**
 * RTSP over HTTP (QuickTime's tunnel, quirk 16): what comes is the body of a GET, what goes the base64 body of a
 * POST; a cookie joins them. Both connections are made by the caller's `connect`.
 */
export function httpTunnel(options: HttpTunnelOptions): (target: RtspTarget, onread: OnRead) => RtspSocket {
  return (target, onread) => new HttpTunnel(target, onread, options);
}

class HttpTunnel extends EventEmitter implements RtspSocket {
  readonly #target: RtspTarget;
  readonly #onread: OnRead;
  readonly #options: HttpTunnelOptions;
  readonly #cookie: string;
  readonly #auth: ClientAuth;
  readonly #peer: string;
  #get: Socket;
  #post: Socket | undefined;
  /** Base64 characters left of what the POST claims. */
  #room = 0;
  #head: Buffer | undefined = Buffer.alloc(0);
  #attempts = 0;
  #open = false;
  #closed = false;

  constructor(target: RtspTarget, onread: OnRead, options: HttpTunnelOptions) {
    super();
    this.#target = target;
    this.#onread = onread;
    this.#options = options;
    this.#cookie = options.random(16).toString('hex');
    this.#auth = new ClientAuth(options.credentials, options.random);
    this.#peer = formatPeer(target);
    this.#get = this.#openGet();
  }

  get writableLength(): number {
    return this.#post?.writableLength ?? 0;
  }

  get localAddress(): string | undefined {
    return this.#get.localAddress;
  }

  get remoteAddress(): string | undefined {
    return this.#get.remoteAddress;
  }

  setNoDelay(): void {
    this.#get.setNoDelay(true);
  }

  /** Sends one request. */
  write(bytes: Buffer): boolean {
    if (!this.#open || this.#closed) return false;
    const text = bytes.toString('base64');
    const post = this.#post && this.#room >= text.length ? this.#post : this.#openPost();
    this.#room -= text.length;
    return post.write(text);
  }

  destroy(): void {
    this.#closed = true;
    this.#get.destroy();
    this.#post?.destroy();
  }

  #openGet(): Socket {
    const socket: Socket = this.#options.connect(this.#target, {
      buffer: this.#onread.buffer,
      callback: (length, buffer) => this.#read(socket, buffer as Buffer, length),
    });
    const secure = socket instanceof TLSSocket;
    if (secure) socket.on('data', (chunk: Buffer) => void this.#read(socket, chunk, chunk.length));
    socket.on('error', (error) => this.#get === socket && this.emit('error', error));
    socket.on('close', () => {
      if (this.#get !== socket) return;
      this.destroy();
      this.emit('close');
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.write(this.#request('GET', [['Accept', TYPE]]));
    });
    return socket;
  }

  /** A POST whose end is the camera's business: some end it after each request. The next request opens another. */
  #openPost(): Socket {
    this.#post?.end();
    const onread = { buffer: Buffer.alloc(1024), callback: () => true };
    const socket = this.#options.connect(this.#target, onread);
    const secure = socket instanceof TLSSocket;
    if (secure) socket.resume();
    socket.on('error', (error) => {
      if (this.#post === socket && !this.#closed) this.#get.destroy(error);
    });
    socket.on('close', () => {
      if (this.#post === socket) this.#post = undefined;
    });
    socket.setNoDelay(true);
    const lines = [
      ['Content-Type', TYPE],
      ['Content-Length', String(POST_LENGTH)],
    ] as const;
    // Written before it is connected: the socket keeps it until then.
    socket.write(this.#request('POST', lines));
    this.#post = socket;
    this.#room = POST_LENGTH;
    return socket;
  }

  #request(method: 'GET' | 'POST', more: readonly (readonly [string, string])[]): string {
    const { path, userAgent } = this.#options;
    const uri = path.startsWith('/') ? path : `/${path}`;
    const authorization = this.#auth.header(method, uri);
    const lines = [
      ['Host', this.#peer],
      ['User-Agent', userAgent],
      ['x-sessioncookie', this.#cookie],
      ...more,
      ['Pragma', 'no-cache'],
      ['Cache-Control', 'no-cache'],
      ...(authorization === undefined ? [] : [['Authorization', authorization]]),
    ];
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${method} ${uri} HTTP/1.0\r\n${head}\r\n`;
  }

  #read(socket: Socket, buffer: Buffer, length: number): boolean {
    if (this.#closed || socket !== this.#get) return true;
    if (!this.#head) return this.#onread.callback(length, buffer);
    this.#head = Buffer.concat([this.#head, buffer.subarray(0, length)]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0 && this.#head.length <= MAX_HEAD) return true;
    const rest = Buffer.from(this.#head.subarray(end + 4));
    const text = end < 0 ? '' : this.#head.toString('latin1', 0, end + 4);
    this.#answered(text, rest);
    return true;
  }

  #answered(text: string, rest: Buffer): void {
    const message = parseHead(text.replace(/^HTTP\/1\.\d/, 'RTSP/1.0'))?.message;
    if (!text.startsWith('HTTP/') || message?.kind !== 'response') {
      this.#get.destroy(new RtspError('not_rtsp', `${this.#peer} does not answer GET with HTTP`));
    } else if (message.status === 401 && this.#accepts(message)) {
      const refused = this.#get;
      this.#head = Buffer.alloc(0);
      this.#get = this.#openGet();
      refused.destroy();
    } else if (message.status !== 200) this.#get.destroy(this.#refused(message));
    else {
      this.#head = undefined;
      this.#open = true;
      this.#openPost().once(this.#post instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        this.emit('connect');
        if (rest.length > 0 && !this.#closed) this.#onread.callback(rest.length, rest);
      });
    }
  }

  #accepts(response: RtspResponse): boolean {
    return this.#auth.accept(response.headers.get('www-authenticate') ?? [], this.#attempts++);
  }

  #refused({ status }: RtspResponse): RtspError {
    const text = `${this.#peer} answered the HTTP tunnel's GET with ${status}`;
    if (status === 401 || status === 403) return new RtspError('auth_failed', text, { status });
    return new RtspError('protocol_error', text, { status, transport: 'http' });
  }
}
