import dgram, { type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Clock, systemClock } from '../../stream/index.ts';
import { type DatagramFaults, DatagramLane } from './datagram-lane.ts';
import { seeded } from './seeded.ts';

export interface UdpFaultProxyOptions {
  /** What is behind it, on this machine. */
  readonly target: { readonly port: number };
  /** Where it is for clients, on this machine; 127.0.0.1 when absent. */
  readonly host?: string;
  readonly clock?: Clock;
  /** Of the random faults; 1 when absent. */
  readonly seed?: number;
}

interface Client {
  /** What the target sees in the client's place. */
  readonly socket: Socket;
  readonly lanes: readonly [up: DatagramLane, down: DatagramLane];
}

/** Clients at once; tests have a few. */
const MAX_CLIENTS = 64;

/** Stands between clients of this machine and one UDP port on loopback and does to datagrams what networks do. */
export class UdpFaultProxy implements AsyncDisposable {
  /** Towards the target, and towards the clients. May be changed at any time. */
  readonly faults = { up: {} as DatagramFaults, down: {} as DatagramFaults };
  /** Datagrams taken in each direction. */
  readonly taken = { up: 0, down: 0 };
  readonly #near: Socket;
  readonly #target: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #clients = new Map<string, Client>();

  private constructor(near: Socket, { target, clock = systemClock, seed = 1 }: UdpFaultProxyOptions) {
    this.#near = near;
    this.#target = target.port;
    this.#clock = clock;
    this.#random = seeded(seed);
    near.on('message', (bytes, from) => {
      this.taken.up++;
      this.#client(from)?.lanes[0].take(bytes);
    });
    near.on('error', () => undefined);
  }

  static async start(options: UdpFaultProxyOptions): Promise<UdpFaultProxy> {
    const near = dgram.createSocket('udp4');
    near.bind(0, options.host ?? '127.0.0.1');
    await once(near, 'listening');
    return new UdpFaultProxy(near, options);
  }

  get port(): number {
    return this.#near.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [this.#near, ...[...this.#clients.values()].map(({ socket }) => socket)];
    for (const { lanes } of this.#clients.values()) for (const lane of lanes) lane.close();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #client({ address, port }: RemoteInfo): Client | undefined {
    const known = this.#clients.get(`${address} ${port}`);
    if (known || this.#clients.size >= MAX_CLIENTS) return known;
    const socket = dgram.createSocket('udp4');
    const lane = (faults: DatagramFaults, send: (bytes: Buffer) => void) =>
      new DatagramLane({ faults, clock: this.#clock, random: this.#random, send });
    const client: Client = {
      socket,
      lanes: [
        lane(this.faults.up, (bytes) => socket.send(bytes, this.#target, '127.0.0.1')),
        lane(this.faults.down, (bytes) => this.#near.send(bytes, port, address)),
      ],
    };
    socket.on('message', (bytes) => {
      this.taken.down++;
      client.lanes[1].take(bytes);
    });
    socket.on('error', () => undefined);
    this.#clients.set(`${address} ${port}`, client);
    return client;
  }
}
