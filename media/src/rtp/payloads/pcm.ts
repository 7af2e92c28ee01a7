import { type Codec, type Format, g722, isPcm, l16, type PcmFormat, pcma, pcmu } from '../../codecs/index.ts';
import type { FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';
import { ByteOrder } from './byte-order.ts';

/** Narrows a format to bare samples; TypeError for any other. */
function pcmOf(format: Format | undefined): PcmFormat {
  if (!format || !isPcm(format))
    throw new TypeError(`${format?.codecString ?? 'nothing'} is no bare samples`);
  return format;
}

/** RTP to frames of bare samples (RFC 3551 4.5.11, 4.5.14): a packet is a frame. */
export class PcmDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  readonly #writer: FrameWriter;
  /** Bytes of one sample of every channel. */
  readonly #step: number;
  readonly #order: ByteOrder | undefined;
  #lastTicks = Number.NEGATIVE_INFINITY;

  constructor(options: DepacketizerOptions) {
    const { codec, channels } = pcmOf(options.format);
    this.#options = options;
    this.#writer = options.open(options.format!);
    this.#step = codec.bytesPerSample * channels;
    if (codec.bytesPerSample === 2) this.#order = new ByteOrder(channels);
  }

  packet(b: Buffer, start: number, end: number, _marker: boolean, timestamp: number): void {
    if (start >= end) return;
    const whole = end - ((end - start) % this.#step);
    const ticks = this.#options.ticks(timestamp);
    if (whole === start || ticks <= this.#lastTicks) {
      this.dropped++;
      return;
    }
    this.#lastTicks = ticks;
    this.#writer.begin();
    if (this.#order) this.#order.append(this.#writer, b, start, whole);
    else this.#writer.append(b, start, whole);
    this.#writer.finish(ticks, ticks, true);
  }
}

/**
 * Frames of bare samples to RTP: packets of whole samples with a time stamp each. No marker: it would announce
 * the end of a silence (RFC 3551 4.1).
 */
export class PcmPacketizer implements Packetizer {
  readonly #step: number;
  /** Largest payload of whole samples. */
  readonly #room: number;

  constructor(format: PcmFormat, mtu: number) {
    this.#step = format.codec.bytesPerSample * format.channels;
    this.#room = Math.max(this.#step, mtu - (mtu % this.#step));
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    for (let at = frame.payload; at < frame.end; at += this.#room) {
      const stop = Math.min(at + this.#room, frame.end);
      const samples = Math.floor((at - frame.payload) / this.#step);
      out.begin(stop - at, (timestamp + samples) % 2 ** 32);
      out.copy(frame.slab.buffer, at, stop);
      out.end();
    }
  }
}

function pcmPayload(codec: Codec) {
  return {
    codec,
    describedInBand: false,
    depacketizer: (options: DepacketizerOptions): Depacketizer => new PcmDepacketizer(options),
    packetizer: (format: Format, mtu: number): Packetizer => new PcmPacketizer(pcmOf(format), mtu),
  };
}

export const pcmuPayload = pcmPayload(pcmu);
export const pcmaPayload = pcmPayload(pcma);
export const g722Payload = pcmPayload(g722);
export const l16Payload = pcmPayload(l16);
