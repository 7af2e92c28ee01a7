/** Bytes of an RTP header without CSRCs and extension (RFC 3550 5.1). */
export const RTP_HEADER = 12;

/** Where one RTP packet's parts lie in the buffer it was read from. One object is reused for all packets. */
export class RtpPacket {
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  payload = 0;
  end = 0;

  /** Reads the packet in `[start, end)`; false when it is not valid RTP version 2. */
  read(b: Buffer, start: number, end: number): boolean {
    if (end - start < RTP_HEADER || b[start]! >>> 6 !== 2) return false;
    const first = b[start]!;
    this.marker = b[start + 1]! > 127;
    this.payloadType = b[start + 1]! & 127;
    this.sequence = (b[start + 2]! << 8) | b[start + 3]!;
    this.timestamp = word(b, start + 4);
    this.ssrc = word(b, start + 8);
    let at = start + RTP_HEADER + (first & 15) * 4;
    if (first & 16) at += 4 + ((b[at + 2]! << 8) | b[at + 3]!) * 4;
    let stop = end;
    if (first & 32) stop -= b[end - 1]!;
    if (at > stop) return false;
    this.payload = at;
    this.end = stop;
    return true;
  }
}

function word(b: Buffer, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
}

/** Writes a plain RTP header (no padding, extension or CSRC) at `at`; returns the offset after it. */
export function writeRtpHeader(
  b: Buffer,
  at: number,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): number {
  b[at] = 0x80;
  b[at + 1] = (marker ? 128 : 0) | payloadType;
  b[at + 2] = (sequence >>> 8) & 255;
  b[at + 3] = sequence & 255;
  b.writeUInt32BE(timestamp >>> 0, at + 4);
  b.writeUInt32BE(ssrc >>> 0, at + 8);
  return at + RTP_HEADER;
}
