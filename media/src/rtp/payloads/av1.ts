import {
  av1,
  type Format,
  isAv1,
  type Obu,
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

/** One unit as RTP has it, without its size: its header, then its payload `[payload, end)`. */
interface Element {
  readonly head: readonly number[];
  readonly payload: number;
  readonly end: number;
  readonly bytes: number;
}

/** A piece of an element in one packet: its bytes `[from, to)`. */
interface Piece {
  readonly element: Element;
  readonly from: number;
  readonly to: number;
}

/**
 * AV1 temporal units to RTP: the units one behind the other, each piece with its size. Only the first packet of a
 * temporal unit begins with a whole unit and only the last one ends with one, for Chromium tells pictures by that where
 * no dependency descriptor does.
 */
export class Av1Packetizer implements Packetizer {
  readonly #mtu: number;

  /** `mtu`: largest RTP payload in bytes, at least 16. */
  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    const b = frame.slab.buffer;
    const elements = (splitObus(b, frame.payload, frame.end) ?? []).map((unit) => elementOf(b, unit));
    let [index, from] = [0, 0];
    for (let first = true; index < elements.length; first = false) {
      const pieces = this.#fill(elements, index, from);
      const { element, to } = pieces.at(-1)!;
      const continues = from > 0 ? Z : 0;
      [index, from] =
        to === element.bytes ? [elements.indexOf(element) + 1, 0] : [elements.indexOf(element), to];
      const flags = continues | (from > 0 ? Y : 0) | (first && frame.key ? N : 0);
      out.begin(1 + sum(pieces), timestamp);
      out.byte(flags);
      for (const piece of pieces) write(b, piece, out);
      out.end();
    }
    out.mark();
  }

  /** The pieces of the packet that begins at byte `from` of an element. */
  #fill(elements: readonly Element[], index: number, from: number): Piece[] {
    const pieces: Piece[] = [];
    let room = this.#mtu - 1;
    let at = from;
    for (const element of elements.slice(index)) {
      // A header is not torn from what it describes.
      if (room < 8) break;
      const to = Math.min(element.bytes, at + room - 2);
      pieces.push({ element, from: at, to });
      room -= sizeBytes(to - at) + to - at;
      at = 0;
      if (to < element.bytes) break;
    }
    const last = pieces.at(-1)!;
    const whole = last.to === last.element.bytes && last.element !== elements.at(-1);
    // What follows must be seen to go on.
    if (whole && last.to - last.from > 2) pieces.splice(-1, 1, { ...last, to: last.to - 1 });
    return pieces;
  }
}

function elementOf(b: Buffer, { start, payload, end }: Obu): Element {
  const header = obuHeaderBytes(b, start);
  const head = [b[start]! & ~HAS_SIZE, ...(header === 2 ? [b[start + 1]!] : [])];
  return { head, payload, end, bytes: header + end - payload };
}

/** Of a size as LEB128; no piece is longer than a packet. */
const sizeBytes = (size: number): number => (size < 128 ? 1 : 2);

const sum = (pieces: readonly Piece[]): number =>
  pieces.reduce((bytes, { from, to }) => bytes + sizeBytes(to - from) + to - from, 0);

function write(b: Buffer, { element, from, to }: Piece, out: PacketWriter): void {
  const size = to - from;
  if (size >= 128) out.byte((size & 127) | 128);
  out.byte(size >= 128 ? size >> 7 : size);
  const { head, payload } = element;
  for (let at = from; at < Math.min(to, head.length); at++) out.byte(head[at]!);
  const start = payload + Math.max(0, from - head.length);
  const end = payload + Math.max(0, to - head.length);
  if (end > start) out.copy(b, start, end);
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
