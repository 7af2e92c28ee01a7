import { RtspError } from '../errors.ts';
import { isStartLine, parseHead, type RtspMessage } from './message.ts';

/** Takes what an RTSP connection carries (RFC 2326 10.12). Calls are synchronous. */
export interface WireSink {
  /** One interleaved packet, whole and in place: `[start, end)` is valid during the call only. Never empty. */
  packet(channel: number, buffer: Buffer, start: number, end: number): void;
  message(message: RtspMessage): void;
}

export interface WireReaderOptions {
  /** Named in errors. */
  readonly peer: string;
  /** Garbage is an error at once (our server) or skipped up to the next packet or message (cameras). */
  readonly strict: boolean;
  /** Bytes; 16 KiB when absent. */
  readonly maxHead?: number;
  /** Bytes; 256 KiB when absent. */
  readonly maxBody?: number;
}

const DOLLAR = 0x24;
const CR = 0x0d;
const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const SMALL_CARRY = 2048;
const LARGE_CARRY = 16 * 1024;
const MAX_GARBAGE = 256 * 1024;
const MAX_METHOD = 32;
/** Bytes of the start line of a camera's message. */
const MAX_LINE = 1024;
const METHODS =
  /^(RTSP\/|(OPTIONS|GET_PARAMETER|SET_PARAMETER|ANNOUNCE|REDIRECT|TEARDOWN|PLAY_NOTIFY|DESCRIBE) )/;

/**
 * Splits the bytes of one connection into interleaved packets and messages. Works in place on the read buffer,
 * which may be shared by all connections; only a unit that straddles two reads is copied, into a small buffer
 * of the connection. Nothing is allocated for a packet.
 */
export class WireReader {
  readonly #sink: WireSink;
  readonly #peer: string;
  readonly #strict: boolean;
  readonly #maxHead: number;
  readonly #maxBody: number;
  #carry = Buffer.allocUnsafeSlow(SMALL_CARRY);
  #carried = 0;
  /** False after garbage: the next `$` must look like RTP before it is believed. */
  #synced = true;
  #started = false;
  #stopped = false;
  #garbage = 0;
  #garbageRun = 0;
  #consumed = 0;

  constructor(sink: WireSink, options: WireReaderOptions) {
    this.#sink = sink;
    this.#peer = options.peer;
    this.#strict = options.strict;
    this.#maxHead = options.maxHead ?? 16 * 1024;
    this.#maxBody = options.maxBody ?? 256 * 1024;
  }

  /** Bytes skipped because they were neither packet nor message. */
  get garbageBytes(): number {
    return this.#garbage;
  }

  /** Nothing more is delivered, not even from the read in progress. */
  stop(): void {
    this.#stopped = true;
    this.#carried = 0;
  }

  /**
   * Takes `buffer[0, length)`; all of it is used or copied on return.
   * @throws RtspError `not_rtsp` or `protocol_error`; the reader must not be used afterwards.
   */
  read(buffer: Buffer, length: number): void {
    let at = this.#carried > 0 ? this.#finish(buffer, length) : 0;
    while (at < length && !this.#stopped) {
      const next = this.#unit(buffer, at, length);
      if (next < 0) {
        this.#keep(buffer, at, length);
        break;
      }
      at = next;
    }
    this.#consumed += length;
  }

  #finish(buffer: Buffer, length: number): number {
    return this.#synced && this.#carry[0] === DOLLAR
      ? this.#finishPacket(buffer, length)
      : this.#finishOther(buffer, length);
  }

  #finishPacket(buffer: Buffer, length: number): number {
    let at = 0;
    if (this.#carried < 4) {
      at = Math.min(4 - this.#carried, length);
      this.#keep(buffer, 0, at);
      if (this.#carried < 4) return at;
    }
    const need = 4 + ((this.#carry[2]! << 8) | this.#carry[3]!);
    const upTo = Math.min(at + need - this.#carried, length);
    this.#keep(buffer, at, upTo);
    if (this.#carried === need) {
      this.#carried = 0;
      if (need > 4) this.#sink.packet(this.#carry[1]!, this.#carry, 4, need);
    }
    return upTo;
  }

  /** A straddling message, or garbage: rare, so the whole read is joined to what was kept. */
  #finishOther(buffer: Buffer, length: number): number {
    const before = this.#carried;
    this.#keep(buffer, 0, length);
    const carry = this.#carry;
    const total = this.#carried;
    let at = 0;
    while (at < before && !this.#stopped) {
      const next = this.#unit(carry, at, total);
      if (next < 0) {
        carry.copyWithin(0, at, total);
        this.#carried = total - at;
        return length;
      }
      at = next;
    }
    this.#carried = 0;
    if (carry.length > LARGE_CARRY) this.#carry = Buffer.allocUnsafeSlow(SMALL_CARRY);
    return this.#stopped ? length : at - before;
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const total = this.#carried + end - start;
    if (total > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(total, 2 * this.#carry.length));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    buffer.copy(this.#carry, this.#carried, start, end);
    this.#carried = total;
  }

  /** Delivers the unit at `at`. Returns where the next one begins, -1 when this one is not complete. */
  #unit(buffer: Buffer, at: number, length: number): number {
    if (buffer[at] !== DOLLAR || !this.#synced) return this.#otherUnit(buffer, at, length);
    if (length - at < 4) return -1;
    const end = at + 4 + ((buffer[at + 2]! << 8) | buffer[at + 3]!);
    if (end > length) return -1;
    if (end > at + 4) this.#sink.packet(buffer[at + 1]!, buffer, at + 4, end);
    return end;
  }

  #otherUnit(buffer: Buffer, at: number, length: number): number {
    const byte = buffer[at]!;
    if (byte === DOLLAR) {
      if (length - at < 5) return -1;
      if (!plausible(buffer, at)) return this.#skip(buffer, at, length);
      this.#found();
      return this.#unit(buffer, at, length);
    }
    if (this.#synced && (byte === CR || byte === LF)) return at + 1;
    const begins = this.#beginsMessage(buffer, at, length);
    if (begins === undefined) return -1;
    return begins ? this.#message(buffer, at, length) : this.#skip(buffer, at, length);
  }

  /** Undefined: too few bytes to tell. */
  #beginsMessage(buffer: Buffer, at: number, length: number): boolean | undefined {
    const limit = Math.min(at + MAX_METHOD, length);
    let i = at;
    while (i < limit && isMethodByte(buffer[i]!)) i++;
    if (i === limit && limit - at < MAX_METHOD) return undefined;
    if (i === limit || i === at) return false;
    if (this.#strict && buffer[i] === SPACE) return true;
    return METHODS.test(buffer.toString('latin1', at, i + 1));
  }

  #message(buffer: Buffer, at: number, length: number): number {
    const bodyAt = headEnd(buffer, at, Math.min(length, at + this.#maxHead));
    if (bodyAt < 0) {
      if (!this.#strict && brokenLine(buffer, at, length)) return this.#skip(buffer, at, length);
      if (length - at < this.#maxHead) return -1;
      throw this.#error(`head over ${this.#maxHead} bytes`);
    }
    const head = parseHead(buffer.toString('latin1', at, bodyAt));
    if (!head) return this.#skip(buffer, at, length);
    if (head.contentLength < 0) throw this.#error('Content-Length is no number');
    if (head.contentLength > this.#maxBody) throw this.#error(`body over ${this.#maxBody} bytes`);
    const end = bodyAt + head.contentLength;
    if (end > length) return -1;
    this.#started = true;
    this.#found();
    const body = Buffer.from(buffer.subarray(bodyAt, end));
    this.#sink.message({ ...head.message, body });
    return end;
  }

  #skip(buffer: Buffer, at: number, length: number): number {
    if (!this.#started && !this.#strict) {
      throw new RtspError('not_rtsp', `${this.#peer} does not speak RTSP (first bytes are no RTSP message)`);
    }
    if (this.#strict) throw this.#error('neither request nor interleaved packet');
    this.#synced = false;
    let next = at + 1;
    while (next < length && buffer[next] !== DOLLAR && !isMethodByte(buffer[next]!)) next++;
    this.#garbage += next - at;
    this.#garbageRun += next - at;
    if (this.#garbageRun > MAX_GARBAGE) throw this.#error(`over ${MAX_GARBAGE} bytes of garbage`);
    return next;
  }

  #found(): void {
    this.#synced = true;
    this.#garbageRun = 0;
  }

  #error(what: string): RtspError {
    return new RtspError('protocol_error', `${this.#peer}: ${what}, near byte ${this.#consumed}`);
  }
}

/** A `$` that can be trusted after garbage: a small channel, room for an RTP or RTCP header, version 2. */
function plausible(buffer: Buffer, at: number): boolean {
  const size = (buffer[at + 2]! << 8) | buffer[at + 3]!;
  return buffer[at + 1]! < 32 && size >= 8 && buffer[at + 4]! >> 6 === 2;
}

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f;
}

/** The bytes at `at` will never be a start line: garbage that happens to begin like one. */
function brokenLine(buffer: Buffer, at: number, length: number): boolean {
  const limit = Math.min(length, at + MAX_LINE);
  for (let i = at; i < limit; i++) {
    const byte = buffer[i]!;
    if (byte === LF) return !isStartLine(buffer.toString('latin1', at, i));
    if (byte < SPACE && byte !== CR && byte !== TAB) return true;
  }
  return length - at >= MAX_LINE;
}

/** Where the body begins: behind the first empty line; -1 when there is none before `length`. */
function headEnd(buffer: Buffer, at: number, length: number): number {
  for (let i = at; i < length; i++) {
    if (buffer[i] !== LF) continue;
    let next = i + 1;
    while (next < length && buffer[next] === CR) next++;
    if (next < length && buffer[next] === LF) return next + 1;
  }
  return -1;
}
