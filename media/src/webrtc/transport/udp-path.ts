import type { RemoteInfo, Socket } from 'node:dgram';
import type { Datagram } from '../srtp/index.ts';
import type { Path } from './path.ts';

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

  sendAll(datagrams: readonly Datagram[]): void {
    for (const datagram of datagrams) this.#socket.send(datagram, this.port, this.address);
  }

  close(): void {
    // The socket is everybody's.
  }
}
