import type { Sdp } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import { ChannelMap, type RtspSink } from '../channel-map.ts';
import { Inlet } from '../transport/inlet.ts';
import type { Claim, Publication } from './publication.ts';
import type { Answer } from './session.ts';
import type { Target } from './target.ts';
import { type ChosenTransport, chooseTransport } from './transport-choice.ts';
import type { ServerUdpPorts } from './udp-ports.ts';

export interface PublishSessionOptions {
  readonly id: string;
  readonly path: string;
  readonly announced: Sdp;
  readonly publication: Publication;
  readonly clock: Clock;
  readonly random: (size: number) => Buffer;
  readonly udp: ServerUdpPorts | undefined;
  /** Where the publisher's datagrams come from. */
  readonly address: string;
  /** Another publisher took the path. */
  readonly onReplaced: () => void;
}

const REPORT_MS = 5000;
const MAX_SILENT_UDP_MS = 10_000;
const MAX_SILENT_TCP_MS = 60_000;

interface Lane {
  readonly chosen: ChosenTransport;
  inlet: Inlet | undefined;
}

/** One presentation a connection records: announced, set up, recording (RFC 2326 A.2). */
export class PublishSession implements Claim {
  readonly #options: PublishSessionOptions;
  readonly #channels: ChannelMap;
  /** By index of the announced section. */
  readonly #lanes = new Map<number, Lane>();
  /** The sink's track index by section; nothing for sections of no use. */
  readonly #tracks: (number | undefined)[] = [];
  readonly #undo: (() => void)[] = [];
  #sink: RtspSink | undefined;
  #lastPacket: number;
  #packets = 0;
  #closed = false;

  constructor(options: PublishSessionOptions) {
    this.#options = options;
    this.#lastPacket = options.clock.monotonic();
    // Channels are by section; the sink's track indexes are settled by RECORD.
    this.#channels = new ChannelMap({
      rtp: (section, ...packet) => this.#rtp(section, ...packet),
      rtcp: (section, ...packet) => this.#rtcp(section, ...packet),
    });
  }

  get id(): string {
    return this.#options.id;
  }

  get path(): string {
    return this.#options.path;
  }

  get started(): boolean {
    return this.#lanes.size > 0;
  }

  get recording(): boolean {
    return this.#sink !== undefined;
  }

  get packets(): number {
    return this.#packets;
  }

  get lastPacket(): number {
    return this.#lastPacket;
  }

  replaced(): void {
    this.close();
    this.#options.onReplaced();
  }

  /** Nothing came for so long that the publisher is gone: 10 s over UDP, 60 s over TCP. */
  isDead(now: number): boolean {
    const longest = this.#transport === 'udp' ? MAX_SILENT_UDP_MS : MAX_SILENT_TCP_MS;
    return this.recording && now - this.#lastPacket > longest;
  }

  setup(uri: string, transport: string | undefined): Answer {
    if (this.recording) return { status: 455 };
    const section = this.#sectionOf(uri);
    if (section === undefined) return { status: 404 };
    const { udp } = this.#options;
    const chosen = chooseTransport(transport, 'record', udp !== undefined);
    if (!chosen || this.#lanes.has(section)) return { status: chosen ? 455 : 461 };
    if ((this.#transport ?? chosen.kind) !== chosen.kind) return { status: 461 };
    const settled = chosen.kind === 'tcp' ? this.#overTcp(section, chosen) : this.#overUdp(section, chosen);
    if (settled === undefined) return { status: 461 };
    this.#lanes.set(section, { chosen, inlet: undefined });
    return { status: 200, headers: [['Transport', `${settled};mode=record`], this.#sessionHeader()] };
  }

  record(): Answer {
    if (this.recording) return { status: 455 };
    const { publication, clock } = this.#options;
    const taken = publication.media.filter((section) => this.#lanes.has(section));
    const transport = this.#transport;
    if (taken.length === 0 || !transport) return { status: 455 };
    taken.forEach((section, track) => {
      this.#tracks[section] = track;
    });
    this.#lastPacket = clock.monotonic();
    this.#sink = publication.record(taken, transport);
    this.#channels.play();
    for (const [section, lane] of this.#lanes) this.#receive(section, lane);
    this.#undo.push(clock.every(REPORT_MS, () => this.#report()));
    return { status: 200, headers: [this.#sessionHeader()] };
  }

  /** An interleaved packet. */
  packet(channel: number, buffer: Buffer, start: number, end: number): void {
    if (this.#sink) this.#channels.packet(channel, buffer, start, end);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink = undefined;
    this.#channels.clear();
    for (const { inlet } of this.#lanes.values()) inlet?.close();
    for (const undo of this.#undo) undo();
    this.#options.publication.close();
  }

  /** Of the first SETUP, and so of all. */
  get #transport(): ChosenTransport['kind'] | undefined {
    return [...this.#lanes.values()][0]?.chosen.kind;
  }

  #overTcp(section: number, { asked }: ChosenTransport & { kind: 'tcp' }): string {
    this.#channels.assign(section, { ...asked, parameters: new Map() }, this.#options.address);
    const channels = (['rtp', 'rtcp'] as const).map((kind) => this.#channels.channelOf(section, kind));
    return `RTP/AVP/TCP;unicast;interleaved=${channels.join('-')}`;
  }

  #overUdp(section: number, chosen: ChosenTransport & { kind: 'udp' }): string | undefined {
    const { udp, address } = this.#options;
    const [rtp, rtcp] = chosen.clientPorts;
    const deaf = udp?.listen(address, chosen.clientPorts, (kind, packet) => {
      this.#lanes.get(section)?.inlet?.[kind](packet);
    });
    if (!udp || !deaf) return undefined;
    this.#undo.push(deaf);
    const ports = `client_port=${rtp}-${rtcp};server_port=${udp.ports.join('-')}`;
    return `${chosen.protocol};unicast;${ports}`;
  }

  #receive(section: number, lane: Lane): void {
    if (lane.chosen.kind === 'tcp') return;
    const { clock, random, announced } = this.#options;
    lane.inlet = new Inlet({
      trackIndex: section,
      clockRate: announced.media[section]!.clockRate,
      payloadType: announced.media[section]!.payloadType,
      clock,
      ssrc: random(4).readUInt32BE(0),
      sink: {
        rtp: (index, ...packet) => this.#rtp(index, ...packet),
        rtcp: (index, ...packet) => this.#rtcp(index, ...packet),
      },
    });
  }

  #rtp(section: number, buffer: Buffer, start: number, end: number): void {
    this.#packets++;
    this.#lastPacket = this.#options.clock.monotonic();
    const track = this.#tracks[section];
    if (track !== undefined) this.#sink?.rtp(track, buffer, start, end);
  }

  #rtcp(section: number, buffer: Buffer, start: number, end: number): void {
    const track = this.#tracks[section];
    if (track !== undefined) this.#sink?.rtcp(track, buffer, start, end);
  }

  #report(): void {
    const { udp, address } = this.#options;
    for (const { chosen, inlet } of this.#lanes.values()) {
      if (chosen.kind !== 'udp' || !inlet) continue;
      const report = inlet.report();
      udp?.send('rtcp', report, 0, report.length, chosen.clientPorts[1], address);
    }
  }

  /** The announced section whose control the address ends with. */
  #sectionOf(uri: string): number | undefined {
    const { media } = this.#options.announced;
    const named = media.findIndex(
      ({ control }) => control && (uri === control || uri.endsWith(`/${control}`)),
    );
    if (named >= 0) return named;
    return media.length === 1 ? 0 : undefined;
  }

  #sessionHeader(): readonly [string, string] {
    return ['Session', `${this.id};timeout=60`];
  }
}

/** The path a request of a publisher is about: that of its session, whatever track follows it. */
export function ofPublication(target: Target, path: string): Target {
  return target.path.startsWith(`${path}/`) ? { ...target, path } : target;
}
