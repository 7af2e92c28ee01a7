import type { Datagram, LentPackets } from '../srtp/index.ts';

/** One way to a peer whose address was verified: a UDP address, or a TCP connection with RFC 4571 framing. */
export interface Path {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Bytes that the operating system has not taken yet; always 0 for UDP. */
  readonly queued: number;
  /** So much is queued that datagrams are dropped. */
  readonly full: boolean;
  /** Sends one datagram, its parts one behind the other. Never blocks or throws. */
  send(datagram: Datagram): void;
  /** Sends datagrams, those over TCP in one write, however much is queued. Never blocks or throws. */
  sendAll(packets: LentPackets): void;
  /** TCP: ends the connection. UDP: nothing. */
  close(): void;
}
