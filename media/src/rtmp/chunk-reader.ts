import { RtmpError } from './errors.ts';
import { CHUNK_SIZE, MESSAGE } from './message.ts';

/** Takes messages. Called synchronously: the buffer is only lent. */
export interface MessageSink {
  /** `timestamp` in milliseconds, modulo 2^32. */
  message(
    type: number,
    streamId: number,
    timestamp: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void;
}

/** Longest chunk header: basic 3, message 11, extended time stamp 4. */
const MAX_HEADER = 18;
const EXTENDED = 0xffffff;
/** Bytes of the message header by format (RTMP specification 5.3.1.2). */
const HEADER_BYTES = [11, 7, 3, 0] as const;
const MAX_STREAMS = 64;
const MAX_MESSAGE = 16 * 1024 * 1024;
/** Bytes of all messages in progress. */
const MAX_PENDING = 24 * 1024 * 1024;
/** A body of more bytes is not kept for the next message. */
const LARGE = 1024 * 1024;
const WRAP = 2 ** 32;
const NOTHING = Buffer.alloc(0);

/** The state of one chunk stream: what later headers leave out, and the message in progress. */
class ChunkStream {
  length = 0;
  type = 0;
  messageStream = 0;
  timestamp = 0;
  delta = 0;
  /** The last header had an extended time stamp of this value; -1: it had none. */
  extended = -1;
  /** The header that goes on with a message; -1 where it has more than one byte. */
  next = -1;
  /** Bytes of the message in progress; 0 is none. */
  got = 0;
  body = NOTHING;
}

/**
 * Puts chunks together to messages (RTMP specification 5.3). What lies whole in one chunk of one read is handed on
 * where it lies; everything else is gathered in a buffer that grows as bytes arrive, never for a declared length.
 */
export class ChunkReader {
  /** Bytes of the longest message that is taken; less before somebody has shown a right. */
  maxMessage = MAX_MESSAGE;
  readonly #sink: MessageSink;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #carry = Buffer.alloc(MAX_HEADER);
  #carried = 0;
  #chunkSize = CHUNK_SIZE;
  #pending = 0;
  /** The chunk whose payload is awaited, and how much of it. */
  #stream: ChunkStream | undefined;
  #left = 0;
  #stopped = false;

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  /** Nothing more is read. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes `[start, end)`. Throws RtmpError. */
  read(b: Buffer, start = 0, end = b.length): void {
    let at = start;
    while (at < end && !this.#stopped)
      at = this.#stream ? this.#payload(b, at, end) : this.#header(b, at, end);
  }

  /** Reads a header, in place or through the carry. Returns where what follows begins. */
  #header(b: Buffer, at: number, end: number): number {
    if (this.#carried === 0 && end - at >= MAX_HEADER) return at + this.#parse(b, at, MAX_HEADER);
    let next = at;
    while (next < end) {
      this.#carry[this.#carried++] = b[next++]!;
      const used = this.#parse(this.#carry, 0, this.#carried);
      if (used === 0) continue;
      // A type 3 header may turn out to be without its extended time stamp: those bytes are payload.
      const back = this.#carried - used;
      this.#carried = 0;
      if (back > 0) this.#giveBack(used, back);
      break;
    }
    return next;
  }

  #giveBack(used: number, back: number): void {
    const rest = Buffer.from(this.#carry.subarray(used, used + back));
    this.read(rest, 0, rest.length);
  }

  /** Takes the header at `at` of which `have` bytes are there. Returns its bytes, 0 while it is not whole. */
  #parse(b: Buffer, at: number, have: number): number {
    const format = b[at]! >> 6;
    const low = b[at]! & 63;
    const basic = low < 2 ? low + 2 : 1;
    if (have < basic + HEADER_BYTES[format]!) return 0;
    const id = low === 0 ? 64 + b[at + 1]! : low === 1 ? 64 + b[at + 1]! + b[at + 2]! * 256 : low;
    const message = at + basic;
    const fixed = basic + HEADER_BYTES[format]!;
    const known = this.#streams.get(id);
    if (format === 3) return this.#continue(b, message, have - basic, basic, id, known);
    const field = b.readUIntBE(message, 3);
    if (field === EXTENDED && have < fixed + 4) return 0;
    const stream = known ?? this.#open(id, format);
    const time = field === EXTENDED ? b.readUInt32BE(at + fixed) : field;
    stream.extended = field === EXTENDED ? time : -1;
    stream.next = field === EXTENDED || basic > 1 ? -1 : 0xc0 | id;
    this.#settle(stream, format, b, message, time);
    this.#begin(stream);
    return field === EXTENDED ? fixed + 4 : fixed;
  }

  /** The fields of a header of type 0, 1 or 2. A message that was in progress is given up. */
  #settle(stream: ChunkStream, format: number, b: Buffer, message: number, time: number): void {
    this.#drop(stream);
    stream.timestamp = format === 0 ? time : (stream.timestamp + time) % WRAP;
    stream.delta = time;
    if (format < 2) {
      stream.length = b.readUIntBE(message + 3, 3);
      stream.type = b[message + 6]!;
    }
    if (format === 0) stream.messageStream = b.readUInt32LE(message + 7);
    if (stream.length > this.maxMessage) {
      throw new RtmpError('protocol_error', `RTMP message of ${stream.length} bytes`);
    }
  }

  /**
   * A header of type 3 goes on with a message or begins another like it. Where time stamps are extended it repeats
   * them, but not every sender does (quirk 60): four bytes that are not that time stamp are payload.
   */
  #continue(
    b: Buffer,
    at: number,
    have: number,
    basic: number,
    id: number,
    stream: ChunkStream | undefined,
  ): number {
    if (!stream) throw new RtmpError('protocol_error', `RTMP chunk stream ${id} begins with nothing`);
    let used = basic;
    if (stream.extended >= 0) {
      if (have < 4) return 0;
      if (b.readUInt32BE(at) === stream.extended) used += 4;
    }
    if (stream.got === 0) {
      stream.timestamp = (stream.timestamp + stream.delta) % WRAP;
      if (stream.length > this.maxMessage) {
        throw new RtmpError('protocol_error', `RTMP message of ${stream.length} bytes`);
      }
    }
    this.#begin(stream);
    return used;
  }

  #open(id: number, format: number): ChunkStream {
    // librtmp may begin one with type 1 (nginx-rtmp takes it): its message stream is 0.
    if (format > 1) throw new RtmpError('protocol_error', `RTMP chunk stream ${id} begins with nothing`);
    if (this.#streams.size >= MAX_STREAMS)
      throw new RtmpError('protocol_error', 'too many RTMP chunk streams');
    const stream = new ChunkStream();
    this.#streams.set(id, stream);
    return stream;
  }

  #begin(stream: ChunkStream): void {
    this.#left = Math.min(this.#chunkSize, stream.length - stream.got);
    this.#stream = stream;
    if (this.#left === 0) this.#finish(stream, NOTHING, 0, 0);
  }

  #payload(b: Buffer, start: number, end: number): number {
    const stream = this.#stream!;
    let at = start;
    for (;;) {
      const take = Math.min(this.#left, end - at);
      const next = at + take;
      if (stream.got === 0 && take === stream.length) {
        this.#finish(stream, b, at, next);
        return next;
      }
      this.#gather(stream, b, at, take);
      this.#left -= take;
      at = next;
      if (stream.got === stream.length) {
        this.#finish(stream, stream.body, 0, stream.length);
        return at;
      }
      if (this.#left > 0) return at;
      // As a rule the next chunk goes on with this message, and its header is one byte that is known.
      if (at === end || b[at] !== stream.next) break;
      at++;
      this.#left = Math.min(this.#chunkSize, stream.length - stream.got);
    }
    this.#stream = undefined;
    return at;
  }

  #gather(stream: ChunkStream, b: Buffer, at: number, bytes: number): void {
    const needed = stream.got + bytes;
    this.#pending += bytes;
    if (this.#pending > MAX_PENDING)
      throw new RtmpError('protocol_error', 'too many RTMP messages in progress');
    if (needed > stream.body.length) {
      const bigger = Buffer.allocUnsafe(
        Math.min(stream.length, Math.max(needed, stream.body.length * 2, 1024)),
      );
      stream.body.copy(bigger, 0, 0, stream.got);
      stream.body = bigger;
    }
    b.copy(stream.body, stream.got, at, at + bytes);
    stream.got = needed;
  }

  #finish(stream: ChunkStream, b: Buffer, start: number, end: number): void {
    const { type, messageStream, timestamp } = stream;
    this.#stream = undefined;
    this.#pending -= stream.got;
    stream.got = 0;
    if (type === MESSAGE.setChunkSize) this.#setChunkSize(b, start, end);
    else if (type === MESSAGE.abort) this.#abort(b, start, end);
    else this.#sink.message(type, messageStream, timestamp, b, start, end);
    if (stream.body.length > LARGE) stream.body = NOTHING;
  }

  #setChunkSize(b: Buffer, start: number, end: number): void {
    const size = end - start >= 4 ? b.readUInt32BE(start) & 0x7fffffff : 0;
    if (size === 0) throw new RtmpError('protocol_error', 'RTMP chunks of no bytes');
    // No message is longer than 24 bits can say (5.4.1).
    this.#chunkSize = Math.min(size, EXTENDED);
  }

  #abort(b: Buffer, start: number, end: number): void {
    const stream = end - start >= 4 ? this.#streams.get(b.readUInt32BE(start)) : undefined;
    if (stream) this.#drop(stream);
  }

  #drop(stream: ChunkStream): void {
    this.#pending -= stream.got;
    stream.got = 0;
  }
}
