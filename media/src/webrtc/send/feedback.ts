/** RTCP packet types (RFC 3550 12.1, RFC 4585 6.1). */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const NACK = 1;
const PLI = 1;
const FIR = 4;
const APPLICATION = 15;
/** `REMB` in ASCII (draft-alvestrand-rmcat-remb-03). */
const REMB = 0x52454d42;

/** One receiver's view of a source (RFC 3550 6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number;
  /** 0 to 1, since the report before. */
  readonly fractionLost: number;
  /** Sequence number of the newest packet received, with its turns above the 16 bits. */
  readonly highest: number;
  /** Packets, cumulative; may be negative where duplicates came. */
  readonly lost: number;
  /** In ticks of the source. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report received, 0 for none, and 1/65536 s since then. */
  readonly lastReport: number;
  readonly delay: number;
}

/** Takes what a receiver says. Calls are synchronous. */
export interface FeedbackEvents {
  onReport(report: ReceptionReport): void;
  /** The receiver lacks this packet. */
  onNack(ssrc: number, sequence: number): void;
  /** The receiver cannot go on without a key frame (PLI or FIR). */
  onRefresh(ssrc: number): void;
  /** Bits per second the receiver thinks the path carries. */
  onEstimate(bitrate: number): void;
}

/** Reads a compound RTCP packet of a receiver. Returns false where it cannot be understood; what came before counts. */
export function readFeedback(b: Buffer, start: number, end: number, events: FeedbackEvents): boolean {
  let at = start;
  while (at < end) {
    if (at + 4 > end || b[at]! >>> 6 !== 2) return false;
    const next = at + 4 + b.readUInt16BE(at + 2) * 4;
    if (next > end) return false;
    readPacket(b, at, next, events);
    at = next;
  }
  return true;
}

function readPacket(b: Buffer, at: number, end: number, events: FeedbackEvents): void {
  const count = b[at]! & 31;
  const type = b[at + 1]!;
  if (type === RECEIVER_REPORT) reports(b, at + 8, end, count, events);
  else if (type === SENDER_REPORT) reports(b, at + 28, end, count, events);
  else if (end - at < 12) return;
  else if (type === TRANSPORT_FEEDBACK && count === NACK) nacks(b, at + 8, end, events);
  else if (type === PAYLOAD_FEEDBACK) refresh(b, at, end, count, events);
}

function reports(b: Buffer, from: number, end: number, count: number, events: FeedbackEvents): void {
  for (let index = 0; index < count; index++) {
    const at = from + index * 24;
    if (at + 24 > end) return;
    events.onReport({
      ssrc: b.readUInt32BE(at),
      fractionLost: b[at + 4]! / 256,
      lost: b.readIntBE(at + 5, 3),
      highest: b.readUInt32BE(at + 8),
      jitter: b.readUInt32BE(at + 12),
      lastReport: b.readUInt32BE(at + 16),
      delay: b.readUInt32BE(at + 20),
    });
  }
}

/** Each entry names a packet and, by bits, the 16 behind it (RFC 4585 6.2.1). */
function nacks(b: Buffer, from: number, end: number, events: FeedbackEvents): void {
  const ssrc = b.readUInt32BE(from);
  for (let at = from + 4; at + 4 <= end; at += 4) {
    const first = b.readUInt16BE(at);
    const bits = b.readUInt16BE(at + 2);
    events.onNack(ssrc, first);
    for (let bit = 0; bit < 16; bit++) {
      if (bits & (1 << bit)) events.onNack(ssrc, (first + bit + 1) & 0xffff);
    }
  }
}

function refresh(b: Buffer, at: number, end: number, format: number, events: FeedbackEvents): void {
  if (format === PLI) events.onRefresh(b.readUInt32BE(at + 8));
  // RFC 5104 4.3.1: the sources stand in the entries, each 8 bytes.
  if (format === FIR) for (let one = at + 12; one + 8 <= end; one += 8) events.onRefresh(b.readUInt32BE(one));
  if (format !== APPLICATION || end - at < 20 || b.readUInt32BE(at + 12) !== REMB) return;
  const exponent = b[at + 17]! >>> 2;
  const mantissa = ((b[at + 17]! & 3) << 16) | b.readUInt16BE(at + 18);
  events.onEstimate(mantissa * 2 ** exponent);
}
