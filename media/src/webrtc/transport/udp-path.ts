import type { RemoteInfo, Socket } from 'node:dgram';
import type { Datagram, LentPackets } from '../srtp/index.ts';
import type { Path } from './path.ts';
import { TRAY_BYTES, trays } from './trays.ts';

/** Datagrams to one address over a socket that all peers share. */
export class UdpPath implements Path {
  readonly protocol = 'udp';
  readonly queued = 0;
  readonly full = false;
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;

  constructor(socket: Socket, { address, port }: RemoteInfo) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
  }

  /** A datagram that the system does not take is a lost one, for the peer to ask again. */
  send(datagram: Datagram): void {
    this.#socket.send(datagram, this.port, this.address);
  }

  sendAll({ memory, starts, ends }: LentPackets): void {
    const from = starts[0]!;
    const last = ends.length - 1;
    const bytes = ends[last]! - from;
    const tray = bytes <= TRAY_BYTES ? trays.take() : undefined;
    const b = tray ?? Buffer.allocUnsafeSlow(bytes);
    memory.copy(b, 0, from, from + bytes);
    for (let i = 0; i < last; i++) {
      this.#socket.send(b.subarray(starts[i]! - from, ends[i]! - from), this.port, this.address);
    }
    // Datagrams leave in their order: with the last one all of them have left.
    const done = tray && (() => trays.give(tray));
    this.#socket.send(b.subarray(starts[last]! - from, bytes), this.port, this.address, done);
  }

  close(): void {
    // The socket is everybody's.
  }
}
