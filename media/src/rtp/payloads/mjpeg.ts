import {
  type Format,
  isMjpeg,
  type JpegPicture,
  jpegHeader,
  mjpeg,
  mjpegFormat,
  quantizers,
  readJpeg,
} from '../../codecs/index.ts';
import { FrameTooLargeError, type FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

/** Main header, and the restart marker header of types from 64 on (RFC 2435 3.1). */
const HEADER_BYTES = 8;
const RESTART_BYTES = 4;
const RESTART_TYPES = 64;
/** Q from here on has its tables in band; those of the last one are in every picture. */
const Q_IN_BAND = 128;
const Q_ALWAYS = 255;
/** Sides are told in blocks of 8 pixels, one byte each. */
const BLOCK = 8;
const MAX_SIDE = 255 * BLOCK;
const EOI = Buffer.from([0xff, 0xd9]);
const NO_TABLES: readonly Buffer[] = [];

/**
 * RTP to whole JFIF pictures (RFC 2435): the headers that the wire leaves out are made again, the standard
 * Huffman tables among them. Types other than 0 and 64 count as 4:2:0 (quirk 47).
 */
export class MjpegDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  #writer: FrameWriter | undefined;
  #format: { width: number; height: number } = { width: 0, height: 0 };
  /** Tables by Q that were in band, for pictures that leave them out. */
  readonly #tables = new Map<number, readonly Buffer[]>();
  /** The JPEG header of the last picture, and the facts it was made of. */
  #header: Buffer = Buffer.alloc(0);
  #headerOf = '';
  #timestamp = -1;
  /** Bytes of the scan so far; -1 while no picture is open. */
  #offset = -1;
  /** The scan data brought its own EOI. */
  #ended = false;
  #lastTicks = Number.NEGATIVE_INFINITY;

  constructor(options: DepacketizerOptions) {
    this.#options = options;
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    if (this.#offset >= 0 && (lost || timestamp !== this.#timestamp)) this.#drop();
    if (start >= end) return;
    try {
      this.#payload(b, start, end, timestamp);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.#drop();
    }
    if (marker && this.#offset >= 0) this.#finish();
  }

  #payload(b: Buffer, start: number, end: number, timestamp: number): void {
    const at = this.#scanAt(b, start, end);
    if (at < 0) this.#malformed(timestamp);
    this.#timestamp = timestamp;
    if (at < 0) return;
    this.#writer!.append(b, at, end);
    this.#offset += end - at;
    this.#ended = b[end - 2] === EOI[0] && b[end - 1] === EOI[1];
  }

  /** Where the scan data of the packet begins; -1 when it is malformed or not the next one. */
  #scanAt(b: Buffer, start: number, end: number): number {
    if (end - start < HEADER_BYTES) return -1;
    const type = b[start + 4]!;
    const at = start + HEADER_BYTES + (type < RESTART_TYPES ? 0 : RESTART_BYTES);
    const offset = (b[start + 1]! << 16) | (b[start + 2]! << 8) | b[start + 3]!;
    if (at > end || type >= 2 * RESTART_TYPES) return -1;
    if (offset === 0) return this.#begin(b, start, at, end);
    return offset === this.#offset ? at : -1;
  }

  /** Opens a picture with the JPEG header that its first packet describes. Where the scan begins, -1 when malformed. */
  #begin(b: Buffer, start: number, from: number, end: number): number {
    if (this.#offset >= 0) this.#drop();
    const type = b[start + 4]!;
    const q = b[start + 5]!;
    const width = b[start + 6]! * BLOCK;
    const height = b[start + 7]! * BLOCK;
    const tablesEnd = q < Q_IN_BAND ? from : this.#readTables(b, q, from, end);
    if (tablesEnd < 0 || width === 0 || height === 0) return -1;
    const restartInterval = type < RESTART_TYPES ? 0 : b.readUInt16BE(start + HEADER_BYTES);
    const headerOf = `${type} ${q} ${width} ${height} ${restartInterval}`;
    if (headerOf !== this.#headerOf) {
      const tables = this.#tablesOf(q);
      if (tables.length === 0) return -1;
      const halfLines = type % RESTART_TYPES !== 0;
      this.#header = jpegHeader({ width, height, halfLines, tables, restartInterval });
      this.#headerOf = headerOf;
    }
    this.#open(width, height);
    this.#writer!.begin();
    this.#writer!.append(this.#header, 0, this.#header.length);
    this.#offset = 0;
    return tablesEnd;
  }

  /** Keeps the tables in band (RFC 2435 3.1.8). Where they end, -1 when malformed. */
  #readTables(b: Buffer, q: number, from: number, end: number): number {
    if (from + 4 > end) return -1;
    const precision = b[from + 1]!;
    const at = from + 4;
    const stop = at + b.readUInt16BE(from + 2);
    if (stop > end) return -1;
    if (stop === at) return at;
    const tables = splitTables(b, precision, at, stop);
    if (tables.length === 0) return -1;
    const known = this.#tables.get(q);
    if (known?.length === tables.length && tables.every((table, i) => table.equals(known[i]!))) return stop;
    this.#tables.set(
      q,
      tables.map((table) => Buffer.from(table)),
    );
    this.#headerOf = '';
    return stop;
  }

  #tablesOf(q: number): readonly Buffer[] {
    if (q >= Q_IN_BAND) return this.#tables.get(q) ?? NO_TABLES;
    if (q < 1 || q > 99) return NO_TABLES;
    const both = quantizers(q);
    return [both.subarray(0, 64), both.subarray(64)];
  }

  #open(width: number, height: number): void {
    if (this.#writer && this.#format.width === width && this.#format.height === height) return;
    const format = mjpegFormat(width, height);
    this.#format = format;
    this.#writer = this.#options.open(format);
  }

  #finish(): void {
    this.#offset = -1;
    const ticks = this.#options.ticks(this.#timestamp);
    if (ticks <= this.#lastTicks) {
      this.#writer!.abort();
      this.dropped++;
      return;
    }
    this.#lastTicks = ticks;
    if (!this.#ended) this.#writer!.append(EOI, 0, EOI.length);
    this.#writer!.finish(ticks, ticks, true);
  }

  #drop(): void {
    this.#writer?.abort();
    this.#offset = -1;
    this.dropped++;
  }

  /** Counts a picture once, however many of its packets cannot be used. */
  #malformed(timestamp: number): void {
    if (this.#offset >= 0) this.#drop();
    else if (timestamp !== this.#timestamp) this.dropped++;
    this.#timestamp = timestamp;
  }
}

/** Bit i of `precision` says 16 bits a value of table i. Empty when the tables do not fill `[at, end)`. */
function splitTables(b: Buffer, precision: number, from: number, end: number): readonly Buffer[] {
  const tables: Buffer[] = [];
  let at = from;
  while (at < end && tables.length < 2) {
    const next = at + ((precision >> tables.length) & 1 ? 128 : 64);
    if (next > end) return NO_TABLES;
    tables.push(b.subarray(at, next));
    at = next;
  }
  return at === end ? tables : NO_TABLES;
}

/** JPEG pictures to RTP (RFC 2435), tables in band in each. One that RFC 2435 cannot carry is left out. */
export class MjpegPacketizer implements Packetizer {
  readonly #mtu: number;

  /** `mtu`: largest RTP payload in bytes, at least 300. */
  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    const b = frame.slab.buffer;
    const picture = readJpeg(b, frame.payload, frame.end);
    if (!picture || picture.width > MAX_SIDE || picture.height > MAX_SIDE) return;
    const { scan, scanEnd } = picture;
    for (let at = scan; at < scanEnd; ) {
      const tables = at === scan ? picture.tables : NO_TABLES;
      const headers = headerBytes(picture, tables);
      const stop = Math.min(at + this.#mtu - headers, scanEnd);
      out.begin(headers + stop - at, timestamp);
      writeHeaders(picture, tables, at - scan, out);
      out.copy(b, at, stop);
      out.end();
      at = stop;
    }
    out.mark();
  }
}

function headerBytes(picture: JpegPicture, tables: readonly Buffer[]): number {
  const inBand = tables.reduce((sum, table) => sum + table.length, 4);
  return HEADER_BYTES + (picture.restartInterval > 0 ? RESTART_BYTES : 0) + (tables.length > 0 ? inBand : 0);
}

function writeHeaders(
  picture: JpegPicture,
  tables: readonly Buffer[],
  offset: number,
  out: PacketWriter,
): void {
  const { restartInterval, halfLines } = picture;
  out.byte(0);
  for (const shift of [16, 8, 0]) out.byte((offset >> shift) & 255);
  out.byte((halfLines ? 1 : 0) + (restartInterval > 0 ? RESTART_TYPES : 0));
  out.byte(Q_ALWAYS);
  out.byte(Math.ceil(picture.width / BLOCK));
  out.byte(Math.ceil(picture.height / BLOCK));
  if (restartInterval > 0) {
    out.byte(restartInterval >> 8);
    out.byte(restartInterval & 255);
    // Whole pictures only: first and last packet of a restart count that says nothing (RFC 2435 3.1.7).
    out.byte(0xff);
    out.byte(0xff);
  }
  if (tables.length === 0) return;
  const bytes = tables.reduce((sum, table) => sum + table.length, 0);
  out.byte(0);
  out.byte(tables.reduce((bits, table, i) => bits | (table.length > 64 ? 1 << i : 0), 0));
  out.byte(bytes >> 8);
  out.byte(bytes & 255);
  for (const table of tables) out.copy(table, 0, table.length);
}

export const mjpegPayload = {
  codec: mjpeg,
  describedInBand: true,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new MjpegDepacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isMjpeg(format)) throw new TypeError(`${format.codecString} is not JPEG`);
    return new MjpegPacketizer(mtu);
  },
};
