import { writeSenderReport } from '../../rtp/index.ts';
import type { TrackPlan } from '../negotiation/index.ts';
import { headerLength, type PacketRun, writeHeader } from '../srtp/index.ts';
import type { PeerTransport } from '../transport/index.ts';
import { History } from './history.ts';
import type { PacketizedFrame } from './packets.ts';

/** Packets sent again at once at most, and per second: a peer that asks for more is not believed. */
const REPAIR_BURST = 512;
const REPAIR_RATE = 1_024;
/**
 * A source begins with a number up to this one: a receiver that misses the packets up to a wrap of 16 bits would take
 * those behind it for the first turn's, and open none of them, ever (RFC 3711 3.3.1).
 */
const FIRST_NUMBERS = 0x7fff;

export interface OutgoingOptions {
  readonly plan: TrackPlan;
  readonly transport: Pick<PeerTransport, 'sendRun' | 'sendRtp' | 'resendRtp' | 'sendRtcp'>;
  readonly cname: string;
  /** Number of the playout-delay extension and its bounds in steps of 10 ms; undefined: not sent. */
  readonly playoutDelay: { readonly id: number; readonly min: number; readonly max: number } | undefined;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
}

/** One track on its way to one peer: numbers, time stamps, what was sent, what is sent again. */
export class Outgoing {
  readonly plan: TrackPlan;
  /** Number of its first packet. */
  readonly first: number;
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
    this.first = options.random32() & FIRST_NUMBERS;
    this.#sequence = this.first;
    this.#rtxSequence = options.random32() & FIRST_NUMBERS;
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
    const { payloads } = frame;
    // Receivers take the extension of a frame from its first packet.
    transport.sendRun({
      ...{ payloadType: plan.choice.codec.payloadType, ssrc: plan.ssrc, sequence: this.#sequence },
      ...{ timestamp, extension: this.#extension, payloads },
    });
    for (const payload of payloads) {
      this.#history.add(this.#sequence, (timestamp + payload.delta) % 2 ** 32, payload);
      this.#sequence = (this.#sequence + 1) & 0xffff;
    }
    this.packets += payloads.length;
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
    const alone = { timestamp: time, extension: undefined, payloads: [{ data, marker, delta: 0 }] };
    if (!choice.rtx || rtxSsrc === undefined) {
      const { payloadType } = choice.codec;
      transport.resendRtp(headerOf({ payloadType, ssrc, sequence, ...alone }), data);
      return true;
    }
    const original = Buffer.allocUnsafe(2);
    original.writeUInt16BE(sequence, 0);
    const { payloadType } = choice.rtx;
    const header = headerOf({ payloadType, ssrc: rtxSsrc, sequence: this.#rtxSequence, ...alone });
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

/** In memory of its own: the transport may use it until the next turn of the event loop. */
function headerOf(run: PacketRun): Buffer {
  const b = Buffer.allocUnsafe(headerLength(run, 0));
  writeHeader(b, 0, run, 0);
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
