import { connect, type Socket } from 'node:net';
import { cseqOf, formatRequest, type HeaderList, type RtspResponse } from '../wire/message.ts';
import { WireReader } from '../wire/reader.ts';

/** A client that sends exactly what a test says and keeps everything that comes. */
export class WireClient {
  readonly socket: Socket;
  readonly packets: { channel: number; bytes: Buffer }[] = [];
  readonly #waiting = new Map<number, (response: RtspResponse) => void>();
  readonly #closed: Promise<void>;
  #cseq = 0;
  #order: ('response' | 'packet')[] = [];

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.#closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.on('error', () => this.socket.destroy());
    const reader = new WireReader(
      {
        packet: (channel, buffer, start, end) => {
          this.#order.push('packet');
          this.packets.push({ channel, bytes: Buffer.from(buffer.subarray(start, end)) });
        },
        message: (message) => {
          this.#order.push('response');
          if (message.kind === 'response') this.#waiting.get(cseqOf(message) ?? -1)?.(message);
        },
      },
      { peer: 'server', strict: true },
    );
    this.socket.on('data', (chunk: Buffer) => reader.read(chunk, chunk.length));
  }

  /** Responses and packets in the order they came. */
  get order(): readonly string[] {
    return this.#order;
  }

  request(method: string, uri: string, headers: HeaderList = [], body = ''): Promise<RtspResponse> {
    const cseq = ++this.#cseq;
    return new Promise((resolve, reject) => {
      this.#waiting.set(cseq, resolve);
      this.socket.once('close', () => reject(new Error(`closed during ${method}`)));
      this.socket.write(formatRequest(method, uri, [['CSeq', String(cseq)], ...headers], body));
    });
  }

  /** Resolves when the server closed the connection. */
  closed(): Promise<void> {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.#closed;
  }
}
