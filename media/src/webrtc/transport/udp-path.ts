import type { RemoteInfo, Socket } from 'node:dgram';
import type { Path } from './path.ts';

/** Datagrams to one address over a socket that all peers share. */
export class UdpPath implements Path {
  readonly protocol = 'udp';
  readonly queued = 0;
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;

  constructor(socket: Socket, { address, port }: RemoteInfo) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
  }

  /** A datagram that the system does not take is a lost one, for the peer to ask again. */
  send(parts: readonly Buffer[]): void {
    this.#socket.send(parts, this.port, this.address);
  }

  close(): void {
    // The socket is everybody's.
  }
}
