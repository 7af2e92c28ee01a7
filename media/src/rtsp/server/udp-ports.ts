import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { familyOf, openPortPair, type PortPair, plainAddress } from '../transport/port-pair.ts';

/** Takes one datagram; its bytes stay as they are. */
type TakeDatagram = (packet: Buffer) => void;

export type UdpKind = 'rtp' | 'rtcp';

type Routes = Map<string, Map<number, TakeDatagram>>;

/** The one pair of UDP ports that all sessions of a server share; who sent a datagram decides whose it is. */
export class ServerUdpPorts {
  readonly #pair: PortPair;
  readonly #routes: { readonly [kind in UdpKind]: Routes } = { rtp: new Map(), rtcp: new Map() };
  #strays = 0;

  private constructor(pair: PortPair, onError: (error: Error) => void) {
    this.#pair = pair;
    for (const kind of ['rtp', 'rtcp'] as const) {
      pair[kind].on('error', onError);
      pair[kind].on('message', (packet: Buffer, from: RemoteInfo) => this.#take(kind, packet, from));
    }
  }

  /** `port`: an even one, or 0 for any pair. @throws the system's error. */
  static async open(address: string, port: number, onError: (error: Error) => void): Promise<ServerUdpPorts> {
    // Destinations are addresses, never names: no look-up, which would make every send wait for a turn.
    const type = familyOf(address);
    const lookup = (host: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, host, type === 'udp6' ? 6 : 4);
    const pair = await openPortPair(() => createSocket({ type, lookup }), address, port);
    return new ServerUdpPorts(pair, onError);
  }

  /** `server_port` of SETUP. */
  get ports(): readonly [rtp: number, rtcp: number] {
    return this.#pair.ports;
  }

  /** Datagrams of nobody with a session. */
  get strays(): number {
    return this.#strays;
  }

  /** Bytes the system has not taken yet, of all sessions. */
  get queued(): number {
    return this.#pair.rtp.getSendQueueSize();
  }

  /**
   * Gives datagrams of this sender to `take` until the returned function is called. Undefined: the ports are another
   * session's.
   */
  listen(
    address: string,
    [rtp, rtcp]: readonly [rtp: number, rtcp: number],
    take: (kind: UdpKind, packet: Buffer) => void,
  ): (() => void) | undefined {
    const plain = plainAddress(address);
    const takers = {
      rtp: (packet: Buffer) => take('rtp', packet),
      rtcp: (packet: Buffer) => take('rtcp', packet),
    };
    const { rtp: media, rtcp: control } = this.#routes;
    if (media.get(plain)?.has(rtp) || control.get(plain)?.has(rtcp)) return undefined;
    add(media, plain, rtp, takers.rtp);
    add(control, plain, rtcp, takers.rtcp);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      remove(media, plain, rtp);
      remove(control, plain, rtcp);
    };
  }

  /** Sends `[start, end)` of a buffer that nobody may change any more. */
  send(kind: UdpKind, buffer: Buffer, start: number, end: number, port: number, address: string): void {
    // What cannot be sent is lost, as any datagram may be.
    this.#socket(kind).send(buffer, start, end - start, port, address, ignore);
  }

  close(): Promise<void> {
    return this.#pair.close();
  }

  #socket(kind: UdpKind): Socket {
    return this.#pair[kind];
  }

  #take(kind: UdpKind, packet: Buffer, from: RemoteInfo): void {
    const take = this.#routes[kind].get(plainAddress(from.address))?.get(from.port);
    if (take) take(packet);
    else this.#strays++;
  }
}

const ignore = () => undefined;

function add(routes: Routes, address: string, port: number, take: TakeDatagram): void {
  const ports = routes.get(address) ?? new Map<number, TakeDatagram>();
  routes.set(address, ports.set(port, take));
}

function remove(routes: Routes, address: string, port: number): void {
  const ports = routes.get(address);
  ports?.delete(port);
  if (ports?.size === 0) routes.delete(address);
}
