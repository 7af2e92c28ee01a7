import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { RtspError } from '../errors.ts';
import { formatResponse, type HeaderList, type RtspRequest } from '../wire/message.ts';
import { WireReader } from '../wire/reader.ts';

/** What a scripted camera answers: a status with header fields and a body, raw bytes, or nothing at all. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: HeaderList;
  readonly body?: string;
  /** Replaces the whole answer. */
  readonly raw?: string | Buffer;
  /** Sent right behind the answer. */
  readonly behind?: Buffer;
  readonly silent?: boolean;
  readonly close?: boolean;
}

export type Script = (
  request: RtspRequest,
  socket: Socket,
  received: readonly RtspRequest[],
) => ScriptedAnswer;

/** Packets of clients that are kept. */
const MAX_KEPT = 10_000;

/** An RTSP server on loopback that answers by a script, for tests of the client. */
export class ScriptedCamera {
  readonly requests: RtspRequest[] = [];
  readonly packets: { channel: number; bytes: Buffer }[] = [];
  /** Status codes of answers to requests the camera sent itself. */
  readonly answers: number[] = [];
  readonly sockets = new Set<Socket>();
  /** A packet a client sent inside the connection. */
  onPacket: (channel: number, bytes: Buffer, socket: Socket) => void = () => undefined;
  readonly #server: Server;
  readonly #script: Script;
  readonly #waiting = new Set<() => void>();

  /** With `tls` it is an RTSPS camera. */
  constructor(script: Script, tls?: TlsOptions) {
    this.#script = script;
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server = tls ? createTlsServer(tls, accept) : createServer(accept);
    this.#server.on('tlsClientError', () => undefined);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  async start(port = 0, host = '127.0.0.1'): Promise<this> {
    await listening(this.#server, port, host);
    return this;
  }

  /** Resolves once `condition` holds; looked at after each thing received. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.sockets.add(socket);
    const reader = new WireReader(
      {
        packet: (channel, buffer, start, end) => {
          const bytes = Buffer.from(buffer.subarray(start, end));
          if (this.packets.length < MAX_KEPT) this.packets.push({ channel, bytes });
          this.onPacket(channel, bytes, socket);
        },
        message: (message) => {
          if (message.kind === 'request') this.#request(message, socket);
          else this.answers.push(message.status);
        },
      },
      { peer: 'client', strict: true },
    );
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.read(chunk, chunk.length);
      } catch (error) {
        if (!(error instanceof RtspError)) throw error;
        socket.end(formatResponse(400, []));
      }
      for (const look of this.#waiting) look();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.sockets.delete(socket);
      for (const look of this.#waiting) look();
    });
  }

  #request(request: RtspRequest, socket: Socket): void {
    this.requests.push(request);
    const answer = this.#script(request, socket, this.requests);
    if (answer.silent) return;
    const cseq = ['CSeq', request.headers.get('cseq')?.[0] ?? ''] as const;
    const whole = formatResponse(answer.status ?? 200, [cseq, ...(answer.headers ?? [])], answer.body);
    socket.write(answer.raw ?? whole);
    if (answer.behind) socket.write(answer.behind);
    if (answer.close) socket.end();
  }
}

/** Resolves once `server` listens; rejects with the system's error. */
export function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One interleaved frame. */
export function interleaved(channel: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(4 + payload.length);
  frame[0] = 0x24;
  frame[1] = channel;
  frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, 4);
  return frame;
}

/** An RTP packet, version 2, with the sequence number also in its payload. */
export function rtpPacket(seq: number, size = 100): Buffer {
  const packet = Buffer.alloc(Math.max(size, 16));
  packet[0] = 0x80;
  packet[1] = 96;
  packet.writeUInt16BE(seq & 0xffff, 2);
  packet.writeUInt32BE(seq * 3000, 4);
  packet.writeUInt32BE(seq, 12);
  return packet;
}
