import { connect, createServer, type Server, type Socket } from 'node:net';
import { listening } from './scripted-camera.ts';

export interface TunnelOptions {
  /** The whole head answered to a GET; a decent one when absent or undefined. */
  readonly answer?: (head: string) => string | undefined;
  /** The POST is ended after each request, as some cameras do. */
  readonly endPosts?: boolean;
}

const DECENT = 'HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n';

/** An HTTP door in front of a scripted camera: joins GET and POST by their cookie. */
export class TunnelServer {
  /** Request heads in the order they came. */
  readonly heads: string[] = [];
  readonly #server: Server;
  readonly #options: TunnelOptions;
  readonly #cameraPort: () => number;
  readonly #inner = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();

  /** `cameraPort`: a function where it is known only later. */
  constructor(cameraPort: number | (() => number), options: TunnelOptions = {}) {
    this.#cameraPort = typeof cameraPort === 'number' ? () => cameraPort : cameraPort;
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size;
  }

  async start(port = 0, host = '127.0.0.1'): Promise<this> {
    await listening(this.#server, port, host);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [...this.#sockets, ...this.#inner.values()]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let text = '';
    const onHead = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onHead);
      this.#request(socket, text.slice(0, end), text.slice(end + 4));
    };
    socket.on('data', onHead);
  }

  #request(socket: Socket, head: string, rest: string): void {
    this.heads.push(head);
    const cookie = /x-sessioncookie: (\S+)/i.exec(head)?.[1] ?? '';
    if (head.startsWith('GET')) this.#get(socket, head, cookie);
    else this.#post(socket, cookie, rest);
  }

  #get(socket: Socket, head: string, cookie: string): void {
    const answer = this.#options.answer?.(head) ?? DECENT;
    if (!answer.startsWith('HTTP/1.0 200')) {
      socket.end(answer);
      return;
    }
    socket.write(answer);
    const camera = connect({ host: '127.0.0.1', port: this.#cameraPort() });
    this.#inner.set(cookie, camera);
    camera.pipe(socket);
    camera.on('error', () => camera.destroy());
    socket.on('close', () => camera.destroy());
  }

  #post(socket: Socket, cookie: string, rest: string): void {
    let kept = '';
    const take = (chunk: string) => {
      kept += chunk;
      const whole = kept.length - (kept.length % 4);
      const quads = kept.slice(0, whole).match(/.{4}/g) ?? [];
      kept = kept.slice(whole);
      const bytes = Buffer.concat(quads.map((quad) => Buffer.from(quad, 'base64')));
      this.#inner.get(cookie)?.write(bytes);
      if (this.#options.endPosts && bytes.subarray(-4).toString() === '\r\n\r\n') socket.end();
    };
    take(rest);
    socket.on('data', (chunk: Buffer) => take(chunk.toString('latin1')));
  }
}
