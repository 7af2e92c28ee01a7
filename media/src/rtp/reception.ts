/** What one receiver report says of one source (RFC 3550 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Since the beginning, −2^23 to 2^23 − 1: duplicates count against losses. */
  readonly lost: number;
  /** Highest sequence number, with the number of wraps above 16 bits. */
  readonly highest: number;
  /** Clock ticks. */
  readonly jitter: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 when none came. */
  readonly lastReport: number;
  /** Since that report, in 1/65536 s. */
  readonly delay: number;
}

const MAX_LOSS = 3000;
const MAX_LATE = 100;
const NTP_EPOCH = 2_208_988_800;

/** Counts the packets of one source as they arrive, for receiver reports (RFC 3550 A.1, A.3, A.8). */
export class Reception {
  readonly ssrc: number;
  readonly #clockRate: number;
  #base = -1;
  #max = 0;
  #cycles = 0;
  #suspect = -1;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #report: { readonly middle: number; readonly at: number } | undefined;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /** One packet; `now` in monotonic milliseconds. */
  packet(sequence: number, timestamp: number, now: number): void {
    if (!this.#sequence(sequence)) return;
    this.#received++;
    const transit = ((now * this.#clockRate) / 1000 - timestamp) | 0;
    if (this.#transit !== undefined) {
      const step = (transit - this.#transit) | 0;
      this.#jitter += (Math.abs(step) - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** A sender report of this source; `ntp` in seconds since 1970. */
  senderReport(ntp: number, now: number): void {
    const middle = Math.floor((ntp + NTP_EPOCH) * 65536) % 2 ** 32;
    this.#report = { middle, at: now };
  }

  /** Undefined before the first packet. Begins the next report's interval. */
  block(now: number): ReportBlock | undefined {
    if (this.#base < 0) return undefined;
    const highest = this.#cycles + this.#max;
    const expected = highest - this.#base + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const report = this.#report;
    return {
      ssrc: this.ssrc,
      fractionLost: lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      lost: Math.max(-0x800000, Math.min(0x7fffff, expected - this.#received)),
      highest: highest >>> 0,
      jitter: Math.floor(this.#jitter) >>> 0,
      lastReport: report?.middle ?? 0,
      delay: report ? Math.round(((now - report.at) / 1000) * 65536) >>> 0 : 0,
    };
  }

  /** RFC 3550 A.1 `update_seq` without probation. False: a lone stray number. */
  #sequence(sequence: number): boolean {
    if (this.#base < 0) return this.#begin(sequence);
    const step = (sequence - this.#max) & 0xffff;
    if (step < MAX_LOSS) {
      if (sequence < this.#max) this.#cycles += 0x10000;
      this.#max = sequence;
    } else if (step <= 0x10000 - MAX_LATE) {
      if (sequence === this.#suspect) return this.#begin(sequence);
      this.#suspect = (sequence + 1) & 0xffff;
      return false;
    }
    return true;
  }

  #begin(sequence: number): true {
    this.#base = sequence;
    this.#max = sequence;
    this.#cycles = 0;
    this.#suspect = -1;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    return true;
  }
}

/** A receiver report, empty without a block, with the CNAME every compound packet must have (RFC 3550 6.1). */
export function writeReport(ssrc: number, cname: string, block: ReportBlock | undefined): Buffer {
  const name = Buffer.from(cname).subarray(0, 255);
  const size = block ? 32 : 8;
  const sdes = Math.ceil((8 + 2 + name.length + 1) / 4) * 4;
  const b = Buffer.alloc(size + sdes);
  b[0] = block ? 0x81 : 0x80;
  b[1] = 201;
  b.writeUInt16BE(size / 4 - 1, 2);
  b.writeUInt32BE(ssrc >>> 0, 4);
  if (block) {
    b.writeUInt32BE(block.ssrc >>> 0, 8);
    b[12] = block.fractionLost;
    b.writeUIntBE(block.lost & 0xffffff, 13, 3);
    b.writeUInt32BE(block.highest, 16);
    b.writeUInt32BE(block.jitter, 20);
    b.writeUInt32BE(block.lastReport, 24);
    b.writeUInt32BE(block.delay, 28);
  }
  b[size] = 0x81;
  b[size + 1] = 202;
  b.writeUInt16BE(sdes / 4 - 1, size + 2);
  b.writeUInt32BE(ssrc >>> 0, size + 4);
  b[size + 8] = 1;
  b[size + 9] = name.length;
  name.copy(b, size + 10);
  return b;
}
