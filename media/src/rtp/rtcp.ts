/** Seconds between 1900 (NTP, RFC 5905) and 1970. */
const NTP_EPOCH = 2_208_988_800;

const SENDER_REPORT = 200;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;

export interface SenderReport {
  readonly ssrc: number;
  /** Seconds since 1970 on the sender's clock, which may be wrong by years. */
  readonly ntp: number;
  readonly timestamp: number;
}

export interface RtcpFacts {
  readonly report: SenderReport | undefined;
  readonly goodbye: boolean;
}

/** Reads a compound RTCP packet (RFC 3550 6); malformed parts are skipped, as cameras send them (quirk 35). */
export function readRtcp(b: Buffer, start: number, end: number): RtcpFacts {
  let report: SenderReport | undefined;
  let goodbye = false;
  let at = start;
  while (at + 4 <= end && b[at]! >>> 6 === 2) {
    const type = b[at + 1]!;
    const next = at + 4 + b.readUInt16BE(at + 2) * 4;
    if (next > end) break;
    if (type === SENDER_REPORT && next - at >= 28) {
      const seconds = b.readUInt32BE(at + 8);
      const fraction = b.readUInt32BE(at + 12);
      const ntp = seconds - NTP_EPOCH + fraction / 2 ** 32;
      if (seconds > 0) report = { ssrc: b.readUInt32BE(at + 4), ntp, timestamp: b.readUInt32BE(at + 16) };
    }
    if (type === GOODBYE) goodbye = true;
    at = next;
  }
  return { report, goodbye };
}

/** A sender report with its CNAME, as every compound packet must have (RFC 3550 6.1). `utc` in milliseconds. */
export function writeSenderReport(
  facts: { ssrc: number; timestamp: number; packets: number; octets: number },
  utc: number,
  cname: string,
): Buffer {
  const name = Buffer.from(cname).subarray(0, 255);
  const sdes = Math.ceil((8 + 2 + name.length + 1) / 4) * 4;
  const b = Buffer.alloc(28 + sdes);
  b[0] = 0x80;
  b[1] = SENDER_REPORT;
  b.writeUInt16BE(6, 2);
  b.writeUInt32BE(facts.ssrc >>> 0, 4);
  const seconds = Math.floor(utc / 1000);
  b.writeUInt32BE((seconds + NTP_EPOCH) >>> 0, 8);
  b.writeUInt32BE(Math.floor(((utc - seconds * 1000) / 1000) * 2 ** 32) >>> 0, 12);
  b.writeUInt32BE(facts.timestamp >>> 0, 16);
  b.writeUInt32BE(facts.packets >>> 0, 20);
  b.writeUInt32BE(facts.octets >>> 0, 24);
  b[28] = 0x81;
  b[29] = SOURCE_DESCRIPTION;
  b.writeUInt16BE(sdes / 4 - 1, 30);
  b.writeUInt32BE(facts.ssrc >>> 0, 32);
  b[36] = 1;
  b[37] = name.length;
  name.copy(b, 38);
  return b;
}

/** An empty receiver report: tells a camera that somebody is there (RFC 3550 6.4.2). */
export function writeReceiverReport(ssrc: number): Buffer {
  const b = Buffer.alloc(8);
  b[0] = 0x80;
  b[1] = 201;
  b.writeUInt16BE(1, 2);
  b.writeUInt32BE(ssrc >>> 0, 4);
  return b;
}
