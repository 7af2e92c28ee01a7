/** One way to a peer whose address was verified: a UDP address, or a TCP connection with RFC 4571 framing. */
export interface Path {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Bytes that the operating system has not taken yet; always 0 for UDP. */
  readonly queued: number;
  /** Sends one datagram, its parts one behind the other. Never blocks or throws. */
  send(parts: readonly Buffer[]): void;
  /** TCP: ends the connection. UDP: nothing. */
  close(): void;
}
