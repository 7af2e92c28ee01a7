import { type Format, isOpus, opus, opusSamples } from '../../codecs/index.ts';
import type { FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

function opusOf(format: Format | undefined): Format {
  if (!format || !isOpus(format)) throw new TypeError(`${format?.codecString ?? 'nothing'} is not Opus`);
  return format;
}

/** RTP to Opus packets (RFC 7587 4.2): one each, and none without a length that RFC 6716 knows. */
export class OpusDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  readonly #writer: FrameWriter;
  #lastTicks = Number.NEGATIVE_INFINITY;

  constructor(options: DepacketizerOptions) {
    this.#options = options;
    this.#writer = options.open(opusOf(options.format));
  }

  packet(b: Buffer, start: number, end: number, _marker: boolean, timestamp: number): void {
    if (start >= end) return;
    const ticks = this.#options.ticks(timestamp);
    if (opusSamples(b, start, end) === 0 || ticks <= this.#lastTicks) {
      this.dropped++;
      return;
    }
    this.#lastTicks = ticks;
    this.#writer.begin();
    this.#writer.append(b, start, end);
    this.#writer.finish(ticks, ticks, true);
  }
}

/** Opus packets to RTP, which cannot split them. No marker: it would announce the end of a silence. */
export class OpusPacketizer implements Packetizer {
  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    out.begin(frame.end - frame.payload, timestamp);
    out.copy(frame.slab.buffer, frame.payload, frame.end);
    out.end();
  }
}

export const opusPayload = {
  codec: opus,
  describedInBand: false,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new OpusDepacketizer(options),
  packetizer: (format: Format): Packetizer => {
    opusOf(format);
    return new OpusPacketizer();
  },
};
