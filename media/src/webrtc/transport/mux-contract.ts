import type { Socket as UdpSocket } from 'node:dgram';
import type { Socket as TcpSocket } from 'node:net';
import type { PeerTransport, TransportOptions } from './contract.ts';

/** All peers behind one UDP port and one TCP port: finds the transport that a datagram belongs to. */
export interface PeerMux {
  /** Transports that have not ended. */
  readonly size: number;
  /** Datagrams that belonged to nobody, and TCP connections closed because they did. */
  readonly strays: number;
  /** Makes a transport and takes its datagrams from now on, until it ends. */
  open(options: TransportOptions): PeerTransport;
  /** Takes a bound socket's datagrams, IPv4 or IPv6; any number of sockets. The returned function lets go of it. */
  udp(socket: UdpSocket): () => void;
  /** Takes an accepted connection (RFC 4571 framing) and closes it unless a peer proves itself within 10 s. */
  tcp(socket: TcpSocket): void;
  /** Ends every transport and connection; the UDP sockets stay open. Idempotent. */
  close(): void;
}
