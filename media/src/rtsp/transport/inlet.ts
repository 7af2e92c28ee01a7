import { Reception, ReorderBuffer, readRtcp, writeReport } from '../../rtp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { RtspSink } from '../channel-map.ts';

export interface InletOptions {
  readonly trackIndex: number;
  /** Hz of the RTP time stamps; 0 when unknown. */
  readonly clockRate: number;
  /** Of the track's packets; any when undefined. */
  readonly payloadType: number | undefined;
  readonly sink: RtspSink;
  readonly clock: Clock;
  /** Our own, in receiver reports. */
  readonly ssrc: number;
}

const CNAME = 'nightjar';
const RTP_HEADER = 12;
/** With the sender's SSRC. */
const RTCP_HEADER = 8;
/** Packets of another type that are kept until the next of the track's tells whether they took a number. */
const MAX_STRANGERS = 8;

/** The datagrams of one track on their way in: sorted, counted, handed to the sink in order. */
export class Inlet {
  readonly #options: InletOptions;
  readonly #reorder: ReorderBuffer;
  readonly #strangers: Buffer[] = [];
  #reception: Reception | undefined;
  #ignored = 0;
  #packets = 0;
  #reports = 0;
  #lastPacket: number;

  constructor(options: InletOptions) {
    this.#options = options;
    const { clock, sink, trackIndex } = options;
    this.#lastPacket = clock.monotonic();
    this.#reorder = new ReorderBuffer({
      clock,
      deliver: (b, start, end) => sink.rtp(trackIndex, b, start, end),
    });
  }

  /** RTP packets taken. */
  get packets(): number {
    return this.#packets;
  }

  /** RTCP packets taken. */
  get reports(): number {
    return this.#reports;
  }

  /** Monotonic milliseconds of the last RTP packet, or of the beginning. */
  get lastPacket(): number {
    return this.#lastPacket;
  }

  /** Datagrams that were neither RTP nor RTCP, or of another payload type. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Packets dropped because they came twice or too late. */
  get late(): number {
    return this.#reorder.late;
  }

  /** A datagram on the RTP port: the first `length` bytes of a buffer that is lent for the call. */
  rtp(b: Buffer, length = b.length): void {
    if (isRtcp(b, length)) this.rtcp(b, length);
    else if (length >= RTP_HEADER && isVersion2(b)) this.#media(b, length);
    else this.#ignored++;
  }

  /** A datagram on the RTCP port: the first `length` bytes of a buffer that is lent for the call. */
  rtcp(b: Buffer, length = b.length): void {
    if (!isRtcp(b, length)) {
      this.#ignored++;
      return;
    }
    this.#reports++;
    const { report } = readRtcp(b, 0, length);
    if (report && report.ssrc === this.#reception?.ssrc) {
      this.#reception.senderReport(report.ntp, this.#options.clock.monotonic());
    }
    this.#options.sink.rtcp(this.#options.trackIndex, b, 0, length);
  }

  /** The next receiver report. */
  report(): Buffer {
    const { ssrc, clock } = this.#options;
    return writeReport(ssrc, CNAME, this.#reception?.block(clock.monotonic()));
  }

  /** The sink is not called any more. */
  close(): void {
    this.#reorder.close();
  }

  #media(b: Buffer, length: number): void {
    const { payloadType } = this.#options;
    const ssrc = word(b, 8);
    if (payloadType !== undefined && (b[1]! & 127) !== payloadType) {
      this.#ignored++;
      const kept = this.#strangers.length < MAX_STRANGERS && ssrc === this.#reception?.ssrc;
      if (kept) this.#strangers.push(Buffer.from(b.subarray(0, length)));
      return;
    }
    const sequence = (b[2]! << 8) | b[3]!;
    const now = this.#options.clock.monotonic();
    if (this.#reception?.ssrc !== ssrc) this.#newSource(ssrc);
    this.#packets++;
    this.#lastPacket = now;
    this.#reception!.packet(sequence, word(b, 4), now);
    if (this.#strangers.length > 0) this.#settle(sequence);
    this.#reorder.push(sequence, b, 0, length);
  }

  /** Numbers below that of the track's own packet were taken by others: they are not waited for (quirk 26). */
  #settle(sequence: number): void {
    for (const stranger of this.#strangers) {
      const taken = (stranger[2]! << 8) | stranger[3]!;
      const below = (sequence - taken) & 0xffff;
      if (below > 0 && below <= MAX_STRANGERS) this.#reorder.push(taken, stranger);
    }
    this.#strangers.length = 0;
  }

  #newSource(ssrc: number): void {
    this.#reorder.restart();
    this.#reception = new Reception(ssrc, this.#options.clockRate);
  }
}

const isVersion2 = (b: Buffer): boolean => b[0]! >>> 6 === 2;

/** Packet types that RTP payload types never look like (RFC 5761 4). */
function isRtcp(b: Buffer, length: number): boolean {
  return length >= RTCP_HEADER && isVersion2(b) && b[1]! >= 192 && b[1]! <= 223;
}

function word(b: Buffer, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
}
