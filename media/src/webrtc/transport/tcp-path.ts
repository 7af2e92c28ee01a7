import type { Socket } from 'node:net';
import type { Clock } from '../../stream/index.ts';
import type { Datagram, LentPackets } from '../srtp/index.ts';
import { framed, framedBytes, writeFrames } from './framing.ts';
import type { Path } from './path.ts';
import { TRAY_BYTES, trays } from './trays.ts';

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
    if (!this.full) this.#socket.write(framed(datagram));
  }

  sendAll(packets: LentPackets): void {
    if (!this.#socket.writable) return;
    const bytes = framedBytes(packets);
    // Behind others they may stay for long: then in no more memory than they need.
    const tray = this.queued === 0 && bytes <= TRAY_BYTES ? trays.take() : undefined;
    const b = tray?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes);
    writeFrames(b, packets);
    this.#socket.write(b, tray && (() => trays.give(tray)));
  }

  close(): void {
    if (this.#socket.destroyed) return;
    this.#socket.destroySoon();
    const stop = this.#clock.after(LINGER, () => this.#socket.destroy());
    this.#socket.once('close', stop);
  }
}
