import { MalformedError } from '../../bytes/index.ts';
import { bytesOf, type Datagram, type LentPackets } from '../srtp/index.ts';

/** Length in front of each datagram on TCP (RFC 4571 2). */
const HEADER = 2;
/** Largest datagram taken; more than any DTLS flight or RTP packet needs. */
const MAX_FRAME = 16 * 1024;

/** Cuts a TCP byte stream into the datagrams that it carries; holds at most one of them. */
export class FrameReader {
  readonly #take: (frame: Buffer) => void;
  /** Beginning of a frame whose rest has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #taken = 0;

  constructor(take: (frame: Buffer) => void) {
    this.#take = take;
  }

  /** Takes what was read. Throws MalformedError for a length that nobody needs; the connection is then of no use. */
  push(chunk: Buffer): void {
    let b = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (b.length >= HEADER) {
      const end = HEADER + b.readUInt16BE(0);
      if (end - HEADER > MAX_FRAME) throw new MalformedError(`frame of ${end - HEADER} bytes`, this.#taken);
      if (b.length < end) break;
      if (end > HEADER) this.#take(b.subarray(HEADER, end));
      this.#taken += end;
      b = b.subarray(end);
    }
    // A copy, so that a few bytes do not keep a whole chunk.
    this.#rest = b.length > 0 ? Buffer.from(b) : Buffer.alloc(0);
  }
}

/** A datagram with its length in front. */
export function framed(datagram: Datagram): Buffer {
  const length = datagram.reduce((sum, part) => sum + part.length, 0);
  const b = Buffer.allocUnsafe(HEADER + length);
  let at = b.writeUInt16BE(length, 0);
  for (const part of datagram) at += part.copy(b, at);
  return b;
}

/** Bytes of datagrams, each with its length in front. */
export const framedBytes = (packets: LentPackets): number => bytesOf(packets) + HEADER * packets.ends.length;

/** Writes datagrams to the beginning of `b`, each with its length in front. */
export function writeFrames(b: Buffer, { memory, starts, ends }: LentPackets): void {
  let at = 0;
  for (let i = 0; i < ends.length; i++) {
    at = b.writeUInt16BE(ends[i]! - starts[i]!, at);
    at += memory.copy(b, at, starts[i]!, ends[i]!);
  }
}
