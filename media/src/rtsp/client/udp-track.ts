import type { RemoteInfo, Socket } from 'node:dgram';
import type { Clock } from '../../stream/index.ts';
import type { RtspSink } from '../channel-map.ts';
import { Inlet } from '../transport/inlet.ts';
import { OneSender } from '../transport/one-sender.ts';
import { familyOf, openPortPair, type PortPair, plainAddress } from '../transport/port-pair.ts';

/** Whom an UDP socket is for: an IP address, the one the RTSP connection goes to. */
export interface UdpTarget {
  readonly host: string;
  readonly family: 'udp4' | 'udp6';
}

/** Makes an unbound socket, by `dgram.createSocket(family)`. May throw to refuse the target. */
export type OpenUdp = (target: UdpTarget) => Socket;

export interface UdpTrackOptions {
  readonly trackIndex: number;
  readonly clockRate: number;
  readonly payloadType: number | undefined;
  readonly sink: RtspSink;
  readonly clock: Clock;
  /** Our SSRC in receiver reports. */
  readonly ssrc: number;
  readonly open: OpenUdp;
  /** IP addresses of both ends. */
  readonly local: string;
  readonly remote: string;
  readonly onError: (error: Error) => void;
}

/** Version 2, nothing else: opens a NAT's way back for RTP and is no packet of any source. */
const PUNCH = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** One track over UDP: a pair of ports that takes packets of the camera's address only. */
export class UdpTrack {
  readonly #pair: PortPair;
  readonly #inlet: Inlet;
  readonly #remote: string;
  /** Of RTP. */
  readonly #sender: OneSender;
  /** Where the camera's packets come from, RTP and RTCP; 0 when not known. */
  readonly #ports: [rtp: number, rtcp: number] = [0, 0];
  /** Ports the camera named, which win over those that were seen first. */
  #named: readonly [rtp: number, rtcp: number] | undefined;
  #strangers = 0;
  #closed = false;

  private constructor(pair: PortPair, options: UdpTrackOptions) {
    this.#pair = pair;
    this.#remote = plainAddress(options.remote);
    this.#inlet = new Inlet(options);
    this.#sender = new OneSender(pair.rtp, (b, length) => {
      this.#inlet.rtp(b, length);
      return !this.#closed;
    });
    this.#listen(pair.rtp, 0, (packet) => this.#media(packet));
    this.#listen(pair.rtcp, 1, (packet) => this.#inlet.rtcp(packet));
    pair.rtp.on('error', (error) => {
      if (!this.#sender.failed()) options.onError(error);
    });
    pair.rtcp.on('error', options.onError);
  }

  /** @throws what `open` threw, or the system's error. */
  static async open(options: UdpTrackOptions): Promise<UdpTrack> {
    const host = plainAddress(options.remote);
    const family = familyOf(host);
    const pair = await openPortPair(() => options.open({ host, family }), plainAddress(options.local));
    return new UdpTrack(pair, options);
  }

  /** `client_port` of SETUP. */
  get ports(): readonly [rtp: number, rtcp: number] {
    return this.#pair.ports;
  }

  get packets(): number {
    return this.#inlet.packets;
  }

  /** Datagrams from other addresses or ports, or that were no RTP: none of them went further. */
  get refused(): number {
    return this.#strangers + this.#inlet.ignored;
  }

  /** RTP packets behind which others may have been left waiting; rises only. */
  get mayWait(): number {
    return this.#sender.mayWait;
  }

  /** Takes `server_port`, which some cameras leave out and some invent (quirk 29). */
  begin(named: readonly [rtp: number, rtcp: number] | undefined): void {
    if (!named) return;
    this.#named = named;
    this.#ports[0] = named[0];
    this.#ports[1] = named[1];
  }

  /** Sends an empty packet and a receiver report, so that routers between us let the camera's packets in. */
  punch(): void {
    this.send('rtp', PUNCH);
    this.report();
  }

  report(): void {
    this.send('rtcp', this.#inlet.report());
  }

  /** False when it was dropped: the camera's port is not known. */
  send(kind: 'rtp' | 'rtcp', packet: Buffer): boolean {
    const port = this.#ports[kind === 'rtp' ? 0 : 1];
    if (port === 0 || this.#closed) return false;
    // What cannot be sent is lost, as any datagram may be.
    const sent = () => undefined;
    if (kind === 'rtcp') this.#pair.rtcp.send(packet, port, this.#remote, sent);
    else if (this.#sender.connected) this.#pair.rtp.send(packet, sent);
    else this.#pair.rtp.send(packet, port, this.#remote, sent);
    return true;
  }

  /** The sink is not called any more. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    this.#inlet.close();
    return this.#pair.close();
  }

  /** Once the camera sends from where it said, or said nothing, nobody else is heard. */
  #media(packet: Buffer): void {
    const [port] = this.#ports;
    this.#inlet.rtp(packet);
    if (this.#closed) return;
    if (this.#inlet.packets > 0 && port === (this.#named?.[0] || port)) this.#sender.only(port, this.#remote);
    this.#sender.behind();
  }

  #listen(socket: Socket, which: 0 | 1, take: (packet: Buffer) => void): void {
    socket.on('message', (packet: Buffer, from: RemoteInfo) => {
      if (this.#closed) return;
      if (this.#isCamera(which, from)) take(packet);
      else this.#strangers++;
    });
  }

  /** One source port: the one the camera named once it sends from there, else the first one seen. */
  #isCamera(which: 0 | 1, from: RemoteInfo): boolean {
    if (from.address !== this.#remote && plainAddress(from.address) !== this.#remote) return false;
    const known = this.#ports[which];
    if (from.port === known) return true;
    const heard = which === 0 ? this.#inlet.packets > 0 : this.#inlet.reports > 0;
    if (heard && from.port !== this.#named?.[which]) return false;
    this.#ports[which] = from.port;
    // Reports go to the port above until the camera sends some itself.
    if (which === 0 && this.#inlet.reports === 0) this.#ports[1] = Math.min(from.port + 1, 65535);
    return true;
  }
}
