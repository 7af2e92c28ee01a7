import { writeSenderReport } from '../../rtp/index.ts';
import type { TrackPlan } from '../negotiation/index.ts';
import type { PeerTransport } from '../transport/index.ts';
import { History } from './history.ts';
import type { PacketizedFrame } from './packets.ts';

/** Packets sent again at once at most, and per second: a peer that asks for more is not believed. */
const REPAIR_BURST = 512;
const REPAIR_RATE = 1_024;

export interface OutgoingOptions {
  readonly plan: TrackPlan;
  readonly transport: Pick<PeerTransport, 'sendRtp' | 'resendRtp' | 'sendRtcp'>;
  readonly cname: string;
  /** Number of the playout-delay extension and its bounds in steps of 10 ms; undefined: not sent. */
  readonly playoutDelay: { readonly id: number; readonly min: number; readonly max: number } | undefined;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
}

/** One track on its way to one peer: numbers, time stamps, what was sent, what is sent again. */
export class Outgoing {
  readonly plan: TrackPlan;
  packets = 0;
  octets = 0;
  repaired = 0;
  /** RTP time of the frame sent last. */
  lastTimestamp = 0;
  /** Its media time in ticks. */
  lastTime = Number.NEGATIVE_INFINITY;
  readonly #options: OutgoingOptions;
  readonly #history = new History();
  /** RTP time of the media clock's zero. */
  readonly #base: number;
  readonly #extension: Buffer | undefined;
  #sequence: number;
  #rtxSequence: number;
  #repairs = REPAIR_BURST;
  #repairsAt = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.#base = options.random32();
    this.#sequence = options.random32() & 0xffff;
    this.#rtxSequence = options.random32() & 0xffff;
    // Without RTX a packet is sent again as it was, and what the first one of a frame had is not remembered.
    const { playoutDelay, plan } = options;
    if (playoutDelay && plan.choice.rtx) this.#extension = playoutDelayExtension(playoutDelay);
  }

  /** RTP time of media ticks. */
  timestampOf(ticks: number): number {
    return (((this.#base + ticks) % 2 ** 32) + 2 ** 32) % 2 ** 32;
  }

  /** Sends a frame with the RTP time `timestamp`. */
  send(frame: PacketizedFrame, timestamp: number): void {
    const { transport, plan } = this.#options;
    const { payloadType } = plan.choice.codec;
    let extension = this.#extension;
    for (const payload of frame.payloads) {
      const time = (timestamp + payload.delta) % 2 ** 32;
      const type = payload.marker ? payloadType | 128 : payloadType;
      const header = writeHeader(type, this.#sequence, time, plan.ssrc, extension);
      this.#history.add(this.#sequence, time, payload);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      transport.sendRtp(header, payload.data);
      // Receivers take the extension of a frame from its first packet.
      extension = undefined;
    }
    this.packets += frame.payloads.length;
    this.octets += frame.bytes;
    this.lastTimestamp = timestamp;
    this.lastTime = frame.time;
  }

  /**
   * Sends a packet again: by RTX where the peer has it (RFC 4588), else as it was. False when it is no longer
   * remembered. `now`: monotonic milliseconds.
   */
  resend(sequence: number, now: number): boolean {
    const slot = this.#history.find(sequence);
    if (slot < 0) return false;
    if (!this.#mayRepair(now)) return true;
    const { transport, plan } = this.#options;
    const { choice, ssrc, rtxSsrc } = plan;
    const { data, marker } = this.#history.payload(slot);
    const time = this.#history.timestamp(slot);
    this.repaired++;
    const mark = marker ? 128 : 0;
    if (!choice.rtx || rtxSsrc === undefined) {
      const header = writeHeader(choice.codec.payloadType | mark, sequence, time, ssrc, undefined);
      transport.resendRtp(header, data);
      return true;
    }
    const original = Buffer.allocUnsafe(2);
    original.writeUInt16BE(sequence, 0);
    const header = writeHeader(choice.rtx.payloadType | mark, this.#rtxSequence, time, rtxSsrc, undefined);
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    transport.sendRtp(header, data, original);
    return true;
  }

  /** Tells where RTP time stands: media ticks `ticks` at `utc` milliseconds. */
  report(ticks: number, utc: number): void {
    const facts = {
      ssrc: this.plan.ssrc,
      timestamp: Math.floor(this.timestampOf(ticks)),
      packets: this.packets,
      octets: this.octets,
    };
    this.#options.transport.sendRtcp(writeSenderReport(facts, utc, this.#options.cname));
  }

  /** Lets go of the packets remembered. */
  close(): void {
    this.#history.clear();
  }

  #mayRepair(now: number): boolean {
    const earned = ((now - this.#repairsAt) * REPAIR_RATE) / 1000;
    this.#repairs = Math.min(REPAIR_BURST, this.#repairs + earned);
    this.#repairsAt = now;
    if (this.#repairs < 1) return false;
    this.#repairs--;
    return true;
  }
}

/** A header in memory of its own: the transport may use it until the next turn of the event loop. */
function writeHeader(
  type: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
  extension: Buffer | undefined,
): Buffer {
  const b = Buffer.allocUnsafe(extension ? 12 + extension.length : 12);
  b[0] = extension ? 0x90 : 0x80;
  b[1] = type;
  b[2] = sequence >>> 8;
  b[3] = sequence & 255;
  b[4] = timestamp >>> 24;
  b[5] = (timestamp >>> 16) & 255;
  b[6] = (timestamp >>> 8) & 255;
  b[7] = timestamp & 255;
  b[8] = ssrc >>> 24;
  b[9] = (ssrc >>> 16) & 255;
  b[10] = (ssrc >>> 8) & 255;
  b[11] = ssrc & 255;
  if (extension) extension.copy(b, 12);
  return b;
}

/** One-byte header extension (RFC 8285 4.2): two bounds of 12 bits each. */
function playoutDelayExtension({ id, min, max }: { id: number; min: number; max: number }): Buffer {
  const b = Buffer.alloc(8);
  b.writeUInt16BE(0xbede, 0);
  b.writeUInt16BE(1, 2);
  b[4] = (id << 4) | 2;
  b.writeUIntBE((min << 12) | max, 5, 3);
  return b;
}
