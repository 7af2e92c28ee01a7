import {
  av1,
  type Format,
  isAv1,
  obuHead,
  obuHeaderBytes,
  readLeb128,
  splitObus,
} from '../../codecs/index.ts';
import { FrameTooLargeError } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';
import { Av1Units } from './av1-unit.ts';

/** Aggregation header (RTP Payload Format For AV1 4.4): continues, is continued, elements, new sequence. */
const Z = 0x80;
const Y = 0x40;
const N = 0x08;
const HAS_SIZE = 0x02;
const MAX_UNIT = 16 * 1024 * 1024;

/** Bytes that grow, used again for each temporal unit. */
class Gathered {
  buffer = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;

  /** @throws FrameTooLargeError */
  append(from: Buffer, start: number, end: number): void {
    const total = this.length + end - start;
    if (total > MAX_UNIT) throw new FrameTooLargeError(this.length);
    if (total > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(2 * total, MAX_UNIT));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    from.copy(this.buffer, this.length, start, end);
    this.length = total;
  }
}

/** RTP to AV1 temporal units (RTP Payload Format For AV1): units without sizes, several in a packet or one over many. */
export class Av1Depacketizer implements Depacketizer {
  readonly #options: DepacketizerOptions;
  readonly #units: Av1Units;
  readonly #unit = new Gathered();
  readonly #temporal = new Gathered();
  #timestamp = -1;
  #damaged = false;
  #dropped = 0;

  constructor(options: DepacketizerOptions) {
    this.#options = options;
    this.#units = new Av1Units(options.open);
    if (options.format && isAv1(options.format)) this.#units.describe(options.format);
  }

  get dropped(): number {
    return this.#dropped + this.#units.dropped;
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    // A temporal unit whose marker was lost ends where the next begins.
    if (timestamp !== this.#timestamp) this.#finish();
    this.#timestamp = timestamp;
    if (lost) this.#damage();
    try {
      if (start < end && !this.#damaged) this.#elements(b, start, end);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.#damage();
    }
    if (marker) this.#finish();
  }

  #elements(b: Buffer, start: number, end: number): void {
    const head = b[start]!;
    const count = (head >> 4) & 3;
    let at = start + 1;
    // What goes on was begun in a packet that never came.
    if ((head & Z) === 0 && this.#unit.length > 0) this.#unit.length = 0;
    else if (head & Z && this.#unit.length === 0) this.#damage();
    for (let i = 1; at < end && !this.#damaged; i++) {
      const sized = count === i ? { value: end - at, end: at } : readLeb128(b, at, end);
      if (!sized || sized.end + sized.value > end) {
        this.#damage();
        return;
      }
      at = sized.end + sized.value;
      this.#unit.append(b, sized.end, at);
      if (at < end || (head & Y) === 0) this.#unitDone();
    }
  }

  /** The unit is whole: it goes into the temporal unit with its size. */
  #unitDone(): void {
    const { buffer, length } = this.#unit;
    this.#unit.length = 0;
    if (length === 0) return;
    const header = obuHeaderBytes(buffer, 0);
    const sized = buffer[0]! & HAS_SIZE ? readLeb128(buffer, header, length) : undefined;
    const payload = sized?.end ?? header;
    if (payload > length) this.#damage();
    else {
      const head = obuHead(buffer, 0, length - payload);
      this.#temporal.append(head, 0, head.length);
      this.#temporal.append(buffer, payload, length);
    }
  }

  #damage(): void {
    this.#damaged = true;
    this.#unit.length = 0;
    this.#temporal.length = 0;
  }

  #finish(): void {
    const { buffer, length } = this.#temporal;
    this.#temporal.length = 0;
    this.#unit.length = 0;
    if (this.#damaged) this.#dropped++;
    else if (length > 0) {
      const timestamp = this.#timestamp;
      this.#units.unit(buffer, 0, length, () => {
        const ticks = this.#options.ticks(timestamp);
        return { dts: ticks, pts: ticks };
      });
    }
    this.#damaged = false;
  }
}

/** AV1 temporal units to RTP: each unit in packets of its own, without its size. */
export class Av1Packetizer implements Packetizer {
  readonly #mtu: number;

  /** `mtu`: largest RTP payload in bytes, at least 3. */
  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    const b = frame.slab.buffer;
    let first = frame.key ? N : 0;
    for (const { start, payload, end } of splitObus(b, frame.payload, frame.end) ?? []) {
      this.#unit(b, { start, payload, end, first, timestamp }, out);
      first = 0;
    }
    out.mark();
  }

  #unit(
    b: Buffer,
    unit: { start: number; payload: number; end: number; first: number; timestamp: number },
    out: PacketWriter,
  ): void {
    const { start, payload, end, first, timestamp } = unit;
    const header = obuHeaderBytes(b, start);
    let at = payload;
    let continues = 0;
    do {
      const head = continues ? 0 : header;
      const stop = Math.min(end, at + this.#mtu - 1 - head);
      out.begin(1 + head + stop - at, timestamp);
      out.byte(continues | (stop < end ? Y : 0) | (1 << 4) | (continues ? 0 : first));
      if (!continues) {
        out.byte(b[start]! & ~HAS_SIZE);
        if (header === 2) out.byte(b[start + 1]!);
      }
      out.copy(b, at, stop);
      out.end();
      at = stop;
      continues = Z;
    } while (at < end);
  }
}

export const av1Payload = {
  codec: av1,
  describedInBand: true,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new Av1Depacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isAv1(format)) throw new TypeError(`${format.codecString} is not AV1`);
    return new Av1Packetizer(mtu);
  },
};
