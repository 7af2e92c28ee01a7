import type { Socket } from 'node:net';
import type { Clock } from '../../stream/index.ts';
import type { Datagram } from '../srtp/index.ts';
import { frames } from './framing.ts';
import type { Path } from './path.ts';

/** Bytes waiting for a peer that does not read, above which datagrams are dropped. */
const MAX_QUEUED = 1024 * 1024;
/** Milliseconds for the last bytes to leave. */
const LINGER = 2_000;

/** Framed datagrams over one connection (RFC 4571, RFC 6544). */
export class TcpPath implements Path {
  readonly protocol = 'tcp';
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #clock: Pick<Clock, 'after'>;

  constructor(socket: Socket, clock: Pick<Clock, 'after'>) {
    this.#socket = socket;
    this.#clock = clock;
    this.address = socket.remoteAddress ?? '0.0.0.0';
    this.port = socket.remotePort ?? 0;
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  get full(): boolean {
    return !this.#socket.writable || this.queued > MAX_QUEUED;
  }

  send(datagram: Datagram): void {
    this.sendAll([datagram]);
  }

  sendAll(datagrams: readonly Datagram[]): void {
    if (datagrams.length > 0 && !this.full) this.#socket.write(frames(datagrams));
  }

  close(): void {
    if (this.#socket.destroyed) return;
    this.#socket.destroySoon();
    const stop = this.#clock.after(LINGER, () => this.#socket.destroy());
    this.#socket.once('close', stop);
  }
}
