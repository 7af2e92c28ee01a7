import { createSocket, type Socket } from 'node:dgram';
import { openPortPair, type PortPair } from '../transport/port-pair.ts';
import { parsePorts, parseTransports } from '../wire/headers.ts';
import type { RtspRequest } from '../wire/message.ts';
import { decent } from './camera-session.ts';
import type { Script, ScriptedAnswer } from './scripted-camera.ts';

export interface UdpCameraOptions {
  /** The `Transport` answered, from the one asked for and our ports; a decent one when absent. */
  readonly transport?: (asked: string, ports: readonly [number, number]) => string;
  readonly answers?: Partial<Record<string, Script | ScriptedAnswer>>;
}

/** The datagram side of a scripted camera: one pair of ports for all tracks. */
export class UdpCamera {
  readonly pair: PortPair;
  /** What came on the RTP and the RTCP port. */
  readonly received: { readonly rtp: Buffer[]; readonly rtcp: Buffer[] } = { rtp: [], rtcp: [] };
  /** `client_port` of each SETUP. */
  readonly clientPorts: (readonly [number, number])[] = [];
  readonly #options: UdpCameraOptions;

  private constructor(pair: PortPair, options: UdpCameraOptions) {
    this.pair = pair;
    this.#options = options;
    pair.rtp.on('message', (packet) => void this.received.rtp.push(packet));
    pair.rtcp.on('message', (packet) => void this.received.rtcp.push(packet));
  }

  static async open(options: UdpCameraOptions = {}, host = '127.0.0.1'): Promise<UdpCamera> {
    const family = host.includes(':') ? 'udp6' : 'udp4';
    return new UdpCamera(await openPortPair(() => createSocket(family), host), options);
  }

  /** What the RTSP side answers. */
  get script(): Script {
    return decent({ SETUP: (request) => this.#setup(request), ...this.#options.answers });
  }

  rtp(track: number, ...packets: Buffer[]): Promise<void> {
    return sendAll(this.pair.rtp, this.clientPorts[track]![0], packets);
  }

  rtcp(track: number, ...packets: Buffer[]): Promise<void> {
    return sendAll(this.pair.rtcp, this.clientPorts[track]![1], packets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair.close();
  }

  #setup(request: RtspRequest): ScriptedAnswer {
    const asked = request.headers.get('transport')?.[0] ?? '';
    const ports = parsePorts(parseTransports(asked)[0]?.parameters.get('client_port'));
    if (ports) this.clientPorts.push(ports);
    const [rtp, rtcp] = this.pair.ports;
    const decentAnswer = `${asked};server_port=${rtp}-${rtcp};ssrc=0000002A`;
    const transport = this.#options.transport?.(asked, this.pair.ports) ?? decentAnswer;
    return {
      headers: [
        ['Transport', transport],
        ['Session', '4711;timeout=60'],
      ],
    };
  }
}

/** Sends datagrams to a port of this machine, from whatever socket. */
export async function sendAll(socket: Socket, port: number, packets: readonly Buffer[]): Promise<void> {
  for (const packet of packets) {
    await new Promise<void>((resolve, reject) => {
      socket.send(packet, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  }
}
