import { Reception, ReorderBuffer, RtpPacket } from '../../rtp/index.ts';
import type { Clock } from '../../stream/index.ts';
import { Missing } from './missing.ts';

/** Milliseconds that a gap is waited for: long enough for two rounds of repair, or for packets that overtook. */
const REPAIR_TIME = 300;
const REORDER_TIME = 60;

/** A track as it was negotiated. */
export interface IncomingFormat {
  readonly kind: 'video' | 'audio';
  readonly payloadType: number;
  /** Hz of its RTP time. */
  readonly clockRate: number;
  /** Payload type of packets sent again (RFC 4588). */
  readonly rtx: number | undefined;
  /** The peer repairs what it is asked for. */
  readonly nack: boolean;
  /** The peer makes a key frame when it is asked for one. */
  readonly pli: boolean;
}

export interface IncomingTrackOptions {
  readonly format: IncomingFormat;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  readonly ask: (ssrc: number, sequences: readonly number[]) => void;
  /** A packet in order. */
  readonly deliver: (packet: Buffer) => void;
  /** Packets were given up: what follows does not continue what came before. */
  readonly onGap: () => void;
}

/** One track on its way in: puts its packets in order, has lost ones repaired, and counts. */
export class IncomingTrack {
  readonly format: IncomingFormat;
  bytes = 0;
  packets = 0;
  /** Packets that came after they were missed. */
  repaired = 0;
  /** Packets that never came. */
  lost = 0;
  /** Of its present source, once a packet came. */
  reception: Reception | undefined;
  readonly #options: IncomingTrackOptions;
  readonly #reorder: ReorderBuffer;
  readonly #missing: Missing;
  readonly #packet = new RtpPacket();
  #next = -1;

  constructor(options: IncomingTrackOptions) {
    const { clock, format } = options;
    const patience = format.nack ? REPAIR_TIME : REORDER_TIME;
    this.format = format;
    this.#options = options;
    this.#reorder = new ReorderBuffer({
      clock,
      deliver: (packet) => this.#deliver(packet),
      maxMs: patience,
      maxPackets: 255,
    });
    this.#missing = new Missing({
      clock,
      patience,
      ask: (sequences) => this.reception && options.ask(this.reception.ssrc, sequences),
    });
  }

  /** A packet of the track itself. It is kept as it is, so it must own its bytes. */
  rtp(packet: Buffer): void {
    const read = this.#packet;
    if (!read.read(packet, 0, packet.length)) return;
    const { ssrc, sequence, timestamp } = read;
    if (ssrc !== this.reception?.ssrc) this.#begin(ssrc);
    this.bytes += packet.length;
    this.packets++;
    this.reception?.packet(sequence, timestamp, this.#options.clock.monotonic());
    this.#arrived(sequence, packet);
  }

  /** A packet that was sent again: the original number stands in front of its payload (RFC 4588 4). */
  rtx(packet: Buffer): void {
    const { reception } = this;
    const read = this.#packet;
    if (!reception || !read.read(packet, 0, packet.length)) return;
    const { payload, end } = read;
    // Padding alone probes the path.
    if (end - payload < 2) return;
    const sequence = packet.readUInt16BE(payload);
    const restored = packet.subarray(2, end);
    packet.copyWithin(2, 0, payload);
    restored[0]! &= ~0x20;
    restored[1] = (restored[1]! & 0x80) | this.format.payloadType;
    restored.writeUInt16BE(sequence, 2);
    restored.writeUInt32BE(reception.ssrc, 8);
    this.bytes += packet.length;
    this.#arrived(sequence, restored);
  }

  close(): void {
    this.#missing.clear();
    this.#reorder.close();
  }

  #begin(ssrc: number): void {
    this.#missing.clear();
    this.#reorder.restart();
    this.#next = -1;
    this.reception = new Reception(ssrc, this.format.clockRate);
  }

  #arrived(sequence: number, packet: Buffer): void {
    if (this.format.nack && this.#missing.came(sequence)) this.repaired++;
    this.#reorder.push(sequence, packet);
  }

  #deliver(packet: Buffer): void {
    const sequence = packet.readUInt16BE(2);
    const missed = this.#next < 0 ? 0 : (sequence - this.#next) & 0xffff;
    this.#next = (sequence + 1) & 0xffff;
    if (missed > 0) {
      if (missed < 0x8000) this.lost += missed;
      this.#options.onGap();
    }
    this.#options.deliver(packet);
  }
}
