import net, { type Server, type Socket } from 'node:net';
import { listening } from '../../rtsp/testing/scripted-camera.ts';
import { type Clock, systemClock } from '../../stream/index.ts';
import { type ByteFaults, ByteLane } from './byte-lane.ts';
import type { DatagramFaults } from './datagram-lane.ts';
import { seeded } from './seeded.ts';
import { UdpRelay } from './udp-relay.ts';

export interface FaultProxyOptions {
  /** What is behind it. */
  readonly target: { readonly host?: string; readonly port: number };
  /** 0 when absent: any free port. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Of the random faults; 1 when absent. */
  readonly seed?: number;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly lanes: readonly ByteLane[];
}

/**
 * Stands between a client and a server on loopback and does what networks do: to the bytes of connections, and to
 * datagrams whose ports RTSP agrees on inside a connection (`client_port` and `server_port` are rewritten).
 */
export class FaultProxy implements AsyncDisposable {
  /** Towards the server, towards the client, and datagrams towards the client. Call {@link turn} after a change. */
  readonly faults = { up: {} as ByteFaults, down: {} as ByteFaults, datagrams: {} as DatagramFaults };
  readonly #target: { readonly host: string; readonly port: number };
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #relays = new Set<UdpRelay>();
  #refuses = false;
  /** Connections so far. */
  accepted = 0;

  private constructor({ target, clock = systemClock, seed = 1 }: FaultProxyOptions) {
    this.#target = { host: target.host ?? '127.0.0.1', port: target.port };
    this.#clock = clock;
    this.#random = seeded(seed);
    this.#server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) =>
      this.#accept(near),
    );
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await listening(proxy.#server, options.port ?? 0, '127.0.0.1');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Takes up what was changed in {@link faults}. */
  turn(): void {
    for (const { lanes } of this.#pairs) for (const lane of lanes) lane.turn();
  }

  /** Nothing goes through in either direction, until `resume`; connections stay as they are. */
  stall(): void {
    this.#stalled(true);
  }

  resume(): void {
    this.#stalled(false);
  }

  /** Both ends get a reset, as from a router that has forgotten the connection. */
  reset(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** The server is told that its client is gone; the client hears nothing of it, nor anything else. */
  halfOpen(): void {
    for (const { far, lanes } of this.#pairs) {
      for (const lane of lanes) lane.close();
      far.removeAllListeners('close');
      far.destroy();
    }
  }

  /** New connections are reset, or taken again. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await Promise.all([...this.#relays].map((relay) => relay.close()));
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #stalled(stalled: boolean): void {
    for (const faults of Object.values(this.faults)) faults.stalled = stalled;
    this.turn();
  }

  #accept(near: Socket): void {
    this.accepted++;
    near.on('error', () => undefined);
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect({ ...this.#target, allowHalfOpen: true });
    far.on('error', () => near.resetAndDestroy());
    let relay: UdpRelay | undefined;
    const opened = (client: readonly [number, number], take: (relay: UdpRelay) => void) => {
      void this.#relay(client).then((made) => {
        relay = made;
        take(made);
      });
    };
    const facts = { clock: this.#clock, random: this.#random };
    const up = new ByteLane({
      ...facts,
      from: near,
      to: far,
      faults: this.faults.up,
      rewrite: (bytes) => this.#rewriteSetup(bytes, near, far, opened),
    });
    const down = new ByteLane({
      ...facts,
      from: far,
      to: near,
      faults: this.faults.down,
      rewrite: (bytes) => rewriteAnswer(bytes, relay),
    });
    const pair: Pair = { near, far, lanes: [up, down] };
    this.#pairs.add(pair);
    near.on('close', () => this.#closed(pair));
    far.on('close', () => near.destroy());
    this.turn();
  }

  #closed(pair: Pair): void {
    for (const lane of pair.lanes) lane.close();
    pair.far.destroy();
    this.#pairs.delete(pair);
  }

  async #relay(client: readonly [number, number]): Promise<UdpRelay> {
    const relay = await UdpRelay.open({
      client,
      host: this.#target.host,
      faults: this.faults.datagrams,
      clock: this.#clock,
      random: this.#random,
    });
    this.#relays.add(relay);
    return relay;
  }

  /** A SETUP that names ports waits for a pair of ours in their place. */
  #rewriteSetup(
    bytes: Buffer,
    near: Socket,
    far: Socket,
    opened: (client: readonly [number, number], take: (relay: UdpRelay) => void) => void,
  ): Buffer {
    const text = bytes.toString('latin1');
    const ports = /^SETUP /.test(text) ? /client_port=(\d+)-(\d+)/.exec(text) : null;
    if (!ports) return bytes;
    near.pause();
    opened([Number(ports[1]), Number(ports[2])], (relay) => {
      const [rtp, rtcp] = relay.ports;
      far.write(text.replace(ports[0], `client_port=${rtp}-${rtcp}`), 'latin1');
      near.resume();
    });
    return Buffer.alloc(0);
  }
}

/** The client is told our ports, and of the camera's we keep note. */
function rewriteAnswer(bytes: Buffer, relay: UdpRelay | undefined): Buffer {
  const text = relay && bytes.subarray(0, 9).equals(Buffer.from('RTSP/1.0 ')) ? bytes.toString('latin1') : '';
  const ports = /server_port=(\d+)-(\d+)/.exec(text);
  if (!ports || !relay) return bytes;
  relay.named([Number(ports[1]), Number(ports[2])]);
  const [rtp, rtcp] = relay.ports;
  return Buffer.from(text.replace(ports[0], `server_port=${rtp}-${rtcp}`), 'latin1');
}
