import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface CameraFrontOptions {
  /** The camera behind it. */
  readonly port: number;
  /** RTSPS: the camera's key and certificate. */
  readonly tls?: TlsOptions;
  /** A request that is answered here, with a status line such as `461 Unsupported Transport`; '' closes. */
  refuse?: (request: string) => string | undefined;
  /** false: interleaved packets are kept back, but for those in a tunnel. */
  packets?: boolean;
}

/** Stands in front of a camera and makes it pickier than it is. */
export class CameraFront implements AsyncDisposable {
  /** May be changed at any time. */
  readonly options: CameraFrontOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** First lines of the requests that came. */
  readonly requests: string[] = [];

  private constructor(options: CameraFrontOptions) {
    this.options = options;
    const accept = (near: Socket): void => this.#accept(near);
    this.#server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
    this.#server.on('tlsClientError', () => undefined);
  }

  static async start(options: CameraFrontOptions, port = 0): Promise<CameraFront> {
    const front = new CameraFront(options);
    front.#server.listen(port, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    const far = connect(this.options.port, '127.0.0.1');
    const answers = new Splitter();
    let tunnel = false;
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.once('data', (bytes: Buffer) => {
      tunnel = bytes.toString('latin1', 0, 3) === 'GET';
    });
    near.on('data', (bytes: Buffer) => this.#request(bytes, near, far));
    far.on('data', (bytes: Buffer) => {
      const all = tunnel || this.options.packets !== false;
      const kept = all ? [bytes] : answers.split(bytes).filter(isText);
      for (const piece of kept) near.write(piece);
    });
    near.on('close', () => this.#part(near, far));
    far.on('close', () => this.#part(far, near));
  }

  #part(gone: Socket, other: Socket): void {
    this.#sockets.delete(gone);
    other.destroy();
  }

  #request(bytes: Buffer, near: Socket, far: Socket): void {
    const text = bytes.toString('latin1');
    if (isText(bytes)) this.requests.push(text.split('\r\n')[0]!);
    const status = this.options.refuse?.(text);
    if (status === undefined) far.write(bytes);
    else if (status === '') near.destroy();
    else near.write(`RTSP/1.0 ${status}\r\nCSeq: ${/CSeq: (\d+)/i.exec(text)?.[1] ?? 0}\r\n\r\n`);
  }
}

const isText = (bytes: Buffer): boolean => bytes[0] !== 0x24;

/** Cuts what a camera sends into messages and interleaved packets; keeps what is not whole. */
class Splitter {
  #rest: Buffer = Buffer.alloc(0);

  split(data: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let bytes = Buffer.concat([this.#rest, data]);
    for (let size = sizeOf(bytes); size !== undefined && bytes.length >= size; size = sizeOf(bytes)) {
      pieces.push(bytes.subarray(0, size));
      bytes = bytes.subarray(size);
    }
    this.#rest = Buffer.from(bytes);
    return pieces;
  }
}

function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  if (!isText(bytes)) return 4 + bytes.readUInt16BE(2);
  const head = bytes.indexOf('\r\n\r\n') + 4;
  if (head < 4) return undefined;
  return head + Number(/content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
}
