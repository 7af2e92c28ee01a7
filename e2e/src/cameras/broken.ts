import { createServer, type Server, type Socket } from 'node:net';

/** A TCP listener on 127.0.0.1 that is no good camera. */
export class BrokenCamera implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `rtsp://127.0.0.1:${port}/stream`;
  }

  /** Accepts and never says a word. */
  static silent(): Promise<BrokenCamera> {
    return BrokenCamera.#listen(() => undefined);
  }

  /** Answers everything as a web server would. */
  static webServer(): Promise<BrokenCamera> {
    return BrokenCamera.#listen((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
    });
  }

  /** Answers everything with an error of RTSP, in these words. */
  static saying(reason: string): Promise<BrokenCamera> {
    return BrokenCamera.#listen((socket) => {
      socket.on('data', (bytes) => {
        const number = /^CSeq: *(\d+)/im.exec(bytes.toString('latin1'))?.[1] ?? '0';
        socket.write(`RTSP/1.0 500 ${reason}\r\nCSeq: ${number}\r\nServer: ${reason}\r\n\r\n`);
      });
    });
  }

  /** A URL on which nothing listens. */
  static async refusing(): Promise<string> {
    await using camera = await BrokenCamera.silent();
    return camera.url;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    await closed.promise;
  }

  static async #listen(answer: (socket: Socket) => void): Promise<BrokenCamera> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', listening.resolve);
    server.once('error', listening.reject);
    await listening.promise;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    const camera = new BrokenCamera(server, address.port);
    server.on('connection', (socket) => {
      camera.#connections++;
      camera.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => camera.#sockets.delete(socket));
      answer(socket);
    });
    return camera;
  }
}
