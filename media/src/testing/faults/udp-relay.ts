import type { Socket } from 'node:dgram';
import { UdpCamera } from '../../rtsp/testing/udp-camera.ts';
import type { Clock } from '../../stream/index.ts';
import { type DatagramFaults, DatagramLane } from './datagram-lane.ts';

export interface UdpRelayOptions {
  /** Ports of the client on this machine: RTP and RTCP. */
  readonly client: readonly [number, number];
  /** Where the camera is. */
  readonly host: string;
  /** Towards the client; the other way nothing goes wrong. */
  readonly faults: DatagramFaults;
  readonly clock: Clock;
  readonly random: () => number;
}

type Port = 0 | 1;

/** A pair of ports between a camera and its client, for RTP and RTCP. */
export class UdpRelay {
  readonly #pair: UdpCamera['pair'];
  readonly #options: UdpRelayOptions;
  readonly #lanes: readonly [DatagramLane, DatagramLane];
  /** `server_port` as the camera named it, else where its packets come from. */
  readonly #camera: [number, number] = [0, 0];

  private constructor(pair: UdpCamera['pair'], options: UdpRelayOptions) {
    this.#pair = pair;
    this.#options = options;
    const lane = (which: Port) =>
      new DatagramLane({
        ...options,
        send: (bytes) => this.#socket(which).send(bytes, options.client[which], '127.0.0.1', () => undefined),
      });
    this.#lanes = [lane(0), lane(1)];
    for (const which of [0, 1] as const) {
      this.#socket(which).on('message', (bytes, { port }) => this.#relay(which, bytes, port));
      this.#socket(which).on('error', () => undefined);
    }
  }

  static async open(options: UdpRelayOptions): Promise<UdpRelay> {
    return new UdpRelay((await UdpCamera.open()).pair, options);
  }

  get ports(): readonly [number, number] {
    return this.#pair.ports;
  }

  /** The camera's ports, when it names them. */
  named(ports: readonly [number, number]): void {
    [this.#camera[0], this.#camera[1]] = ports;
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.close();
    await this.#pair.close();
  }

  #socket(which: Port): Socket {
    return which === 0 ? this.#pair.rtp : this.#pair.rtcp;
  }

  #relay(which: Port, bytes: Buffer, from: number): void {
    const { client, host } = this.#options;
    if (from !== client[which]) {
      if (this.#camera[which] === 0) this.#camera[which] = from;
      this.#lanes[which].take(bytes);
    } else if (this.#camera[which] > 0) {
      this.#socket(which).send(bytes, this.#camera[which], host, () => undefined);
    }
  }
}
