import type { SdpMedia } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import { ChannelMap, type RtspSink } from '../channel-map.ts';
import type { Connection } from '../connection.ts';
import { RtspError, type RtspTransport } from '../errors.ts';
import { parsePorts, parseTransports } from '../wire/headers.ts';
import { type OpenUdp, UdpTrack } from './udp-track.ts';

export interface ClientTracksOptions {
  readonly sink: RtspSink;
  readonly transport: RtspTransport;
  readonly openUdp: OpenUdp | undefined;
  readonly clock: Clock;
  readonly random: (size: number) => Buffer;
  /** Milliseconds from PLAY to the first packet; 5 s over UDP and unlimited otherwise when absent. */
  readonly firstPacketMs: number | undefined;
  /** The session is of no use any more. */
  readonly onFail: (error: unknown) => void;
}

const FIRST_PACKET_MS = 5000;
/** Some cameras end a session without a report for 5 s (quirk 8). */
const REPORT_MS = 4000;

/** How the tracks of a client session travel: what SETUP offers, takes, and what ends with the session. */
export class ClientTracks {
  readonly transport: RtspTransport;
  readonly #options: ClientTracksOptions;
  readonly #channels: ChannelMap;
  readonly #datagrams = new Map<number, UdpTrack>();
  #timers: (() => void)[] = [];
  #released = false;

  constructor(options: ClientTracksOptions) {
    this.#options = options;
    this.transport = options.transport;
    this.#channels = new ChannelMap(options.sink);
  }

  /** Packets that belonged to no track, or came from somebody else. */
  get stray(): number {
    let sum = this.#channels.stray;
    for (const track of this.#datagrams.values()) sum += track.refused;
    return sum;
  }

  /** RTP packets of all tracks. */
  get packets(): number {
    let sum = this.#channels.packets;
    for (const track of this.#datagrams.values()) sum += track.packets;
    return sum;
  }

  /** RTP packets behind which others may have been left waiting in their socket; rises only. */
  get mayWait(): number {
    let sum = 0;
    for (const track of this.#datagrams.values()) sum += track.mayWait;
    return sum;
  }

  /**
   * The `Transport` to ask for. Over UDP the ports are open when it returns.
   * @throws RtspError `no_playable_track` for SRTP; what `openUdp` threw.
   */
  async offer(trackIndex: number, media: SdpMedia, connection: Connection): Promise<string> {
    if (/SAVP/.test(media.proto)) {
      const text = `${connection.peer} offers ${media.kind} encrypted (${media.proto}): ask it for plain RTP`;
      throw new RtspError('no_playable_track', text);
    }
    if (this.transport !== 'udp') {
      return `RTP/AVP/TCP;unicast;interleaved=${2 * trackIndex}-${2 * trackIndex + 1}`;
    }
    const { openUdp, sink, clock, random, onFail } = this.#options;
    const { addresses } = connection;
    if (!openUdp) throw new TypeError('UDP needs openUdp');
    if (!addresses) throw new RtspError('closed_by_camera', `${connection.peer} closed the connection`);
    const ssrc = random(4).readUInt32BE(0);
    const { clockRate, payloadType } = media;
    const facts = { trackIndex, clockRate, payloadType, sink, clock, ssrc, ...addresses };
    const track = await UdpTrack.open({ ...facts, open: openUdp, onError: onFail });
    if (this.#released) await track.close();
    else this.#datagrams.set(trackIndex, track);
    const [rtp, rtcp] = track.ports;
    return `RTP/AVP/UDP;unicast;client_port=${rtp}-${rtcp}`;
  }

  /**
   * Takes the `Transport` of a SETUP answer. A camera may choose TCP although UDP was asked for.
   * @throws RtspError `protocol_error`.
   */
  accept(trackIndex: number, value: string | undefined, peer: string): void {
    const transport = parseTransports(value ?? '')[0];
    const track = this.#datagrams.get(trackIndex);
    const inside = transport?.interleaved !== undefined || transport?.protocol === 'RTP/AVP/TCP';
    if (!track || inside) {
      this.#channels.assign(trackIndex, transport, peer);
      return;
    }
    if (transport?.parameters.has('multicast')) {
      const text = `${peer} answered SETUP with multicast although unicast was asked for`;
      throw new RtspError('protocol_error', text, { transport: 'udp' });
    }
    track.begin(parsePorts(transport?.parameters.get('server_port')));
    track.punch();
  }

  /** PLAY is about to be sent. */
  play(): void {
    this.#channels.play();
  }

  /** PLAY was answered: reports go out, and the first packet is waited for. */
  played(peer: string): void {
    const { clock, onFail, firstPacketMs } = this.#options;
    const udp = this.#datagrams.size > 0;
    if (udp) this.#timers.push(clock.every(REPORT_MS, () => this.#report()));
    const wait = firstPacketMs ?? (udp ? FIRST_PACKET_MS : undefined);
    if (wait === undefined || this.packets > 0) return;
    const cancel = clock.after(wait, () => {
      if (this.packets > 0) return;
      const text = `${peer}: no packet over ${this.transport.toUpperCase()} within ${wait} ms of PLAY`;
      onFail(new RtspError('timeout', text, { transport: this.transport }));
    });
    this.#timers.push(cancel);
  }

  /** An interleaved packet. */
  packet(channel: number, buffer: Buffer, start: number, end: number): void {
    this.#channels.packet(channel, buffer, start, end);
  }

  /** False when it was dropped. */
  send(
    connection: Connection | undefined,
    trackIndex: number,
    kind: 'rtp' | 'rtcp',
    packet: Buffer,
  ): boolean {
    const channel = this.#channels.channelOf(trackIndex, kind);
    if (channel === undefined) return this.#datagrams.get(trackIndex)?.send(kind, packet) ?? false;
    const framed = Buffer.allocUnsafe(4 + packet.length);
    framed[0] = 0x24;
    framed[1] = channel;
    framed.writeUInt16BE(packet.length, 2);
    packet.copy(framed, 4);
    return connection?.write(framed) ?? false;
  }

  /** The sink is not called any more, no timer runs, sockets are closing. */
  release(): void {
    this.#released = true;
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#channels.clear();
    for (const track of this.#datagrams.values()) void track.close();
  }

  async close(): Promise<void> {
    this.release();
    await Promise.all([...this.#datagrams.values()].map((track) => track.close()));
  }

  #report(): void {
    for (const track of this.#datagrams.values()) {
      // A router forgets the way back as long as nothing comes along it.
      if (track.packets === 0) track.punch();
      else track.report();
    }
  }
}
