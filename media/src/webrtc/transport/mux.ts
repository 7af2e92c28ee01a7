import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import type { Socket as TcpSocket } from 'node:net';
import type { Clock } from '../../stream/index.ts';
import { Connection } from './connection.ts';
import type { PeerTransport, TransportOptions } from './contract.ts';
import { kindOf } from './datagram-kind.ts';
import type { PeerMux } from './mux-contract.ts';
import type { Path } from './path.ts';
import { readRequest } from './request.ts';
import { Transport } from './transport.ts';
import { UdpPath } from './udp-path.ts';

/** TCP connections that may be without proof at once. */
const MAX_UNPROVED = 256;

/** Who uses a UDP address. */
interface Seat {
  readonly path: Path;
  readonly transport: Transport;
}

/** A bound socket with the addresses that peers have proved to be theirs. */
interface Port {
  readonly socket: UdpSocket;
  readonly seats: Map<string, Seat>;
}

/** All peers behind one port; see {@link PeerMux}. */
export class Mux implements PeerMux {
  strays = 0;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #transports = new Map<string, Transport>();
  /** How to take a UDP path's address away. */
  readonly #unseat = new Map<Path, () => void>();
  readonly #connections = new Set<Connection>();
  readonly #unbind = new Set<() => void>();

  constructor(options: { readonly clock: Pick<Clock, 'after'> }) {
    this.#clock = options.clock;
  }

  get size(): number {
    return this.#transports.size;
  }

  open(options: TransportOptions): PeerTransport {
    const transport = new Transport(options, {
      forget: (path) => this.#forget(path),
      ended: ({ ice }) => {
        this.#transports.delete(ice.ufrag);
      },
    });
    this.#transports.set(transport.ice.ufrag, transport);
    return transport;
  }

  udp(socket: UdpSocket): () => void {
    const port: Port = { socket, seats: new Map() };
    const take = (b: Buffer, from: RemoteInfo): void => this.#datagram(port, b, from);
    socket.on('message', take);
    const unbind = (): void => {
      socket.off('message', take);
      for (const seat of [...port.seats.values()]) this.#vacate(seat);
      this.#unbind.delete(unbind);
    };
    this.#unbind.add(unbind);
    return unbind;
  }

  tcp(socket: TcpSocket): void {
    const unproved = [...this.#connections].filter(({ proved }) => !proved);
    const connection = new Connection(socket, this.#clock, {
      find: (ufrag) => this.#transports.get(ufrag),
      stray: () => {
        this.strays++;
      },
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    // The oldest one has had the longest time.
    if (unproved.length >= MAX_UNPROVED) unproved[0]!.drop();
  }

  close(): void {
    for (const transport of [...this.#transports.values()]) transport.close();
    for (const unbind of [...this.#unbind]) unbind();
    for (const connection of this.#connections) connection.close();
  }

  #forget(path: Path): void {
    this.#unseat.get(path)?.();
    this.#unseat.delete(path);
  }

  #vacate({ path, transport }: Seat): void {
    this.#forget(path);
    transport.lose(path);
  }

  #datagram(port: Port, b: Buffer, from: RemoteInfo): void {
    const kind = kindOf(b);
    const address = `${from.address} ${from.port}`;
    if (kind === 'stun') {
      if (!this.#check(port, b, from, address)) this.strays++;
      return;
    }
    const seat = port.seats.get(address);
    if (kind && seat) seat.transport.receive(kind, b, seat.path);
    else this.strays++;
  }

  /** False when the check is nobody's or proves nothing. */
  #check({ socket, seats }: Port, b: Buffer, from: RemoteInfo, address: string): boolean {
    const request = readRequest(b);
    const transport = request && this.#transports.get(request.ufrag);
    if (!transport) return false;
    const seat = seats.get(address);
    const path = seat?.transport === transport ? seat.path : new UdpPath(socket, from);
    if (!transport.check(request, path)) return false;
    if (seat?.path === path) return true;
    if (seat) this.#vacate(seat);
    seats.set(address, { path, transport });
    this.#unseat.set(path, () => seats.delete(address));
    return true;
  }
}
