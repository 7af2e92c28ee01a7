import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRtcp, writeReceiverReport, writeSenderReport } from './rtcp.ts';

const facts = { ssrc: 0xfedcba98, timestamp: 0x89abcdef, packets: 70_000, octets: 2 ** 32 + 5 };
const UTC = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
const read = (bytes: Buffer) => readRtcp(bytes, 0, bytes.length);

describe('sender reports', () => {
  it('read what was written, to a microsecond', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    // NTP seconds end in 2036 (RFC 5905 6).
    const utc = fc.double({ noNaN: true, min: 0, max: Date.UTC(2036, 0, 1) });
    fc.assert(
      fc.property(
        word,
        word,
        utc,
        fc.string({ maxLength: 300, unit: 'grapheme' }),
        (ssrc, timestamp, ms, cname) => {
          const { report } = read(writeSenderReport({ ...facts, ssrc, timestamp }, ms, cname));
          expect(report).toMatchObject({ ssrc, timestamp });
          expect(Math.abs(report!.ntp - ms / 1000)).toBeLessThan(1e-6);
        },
      ),
      { seed: 3550, numRuns: 2000 },
    );
  });

  it('are laid out as RFC 3550 6.4.1 says, with a CNAME behind (6.5.1)', () => {
    const bytes = writeSenderReport(facts, UTC, 'name');
    expect(bytes.toString('hex', 0, 8)).toBe('80c80006fedcba98');
    expect(bytes.readUInt32BE(8)).toBe(Math.floor(UTC / 1000) + 2_208_988_800);
    expect(bytes.readUInt32BE(12) / 2 ** 32).toBeCloseTo(0.789, 6);
    expect([16, 20, 24].map((at) => bytes.readUInt32BE(at))).toEqual([0x89abcdef, 70_000, 5]);
    expect(bytes.toString('hex', 28)).toBe('81ca0003fedcba9801046e616d650000');
    expect(bytes.length - 28).toBe(4 * (1 + bytes.readUInt16BE(30)));
  });

  it('a name that fills its chunk still ends with a zero', () => {
    for (let length = 0; length < 12; length++) {
      const bytes = writeSenderReport(facts, UTC, 'x'.repeat(length));
      expect(bytes.length % 4).toBe(0);
      expect(bytes[38 + length]).toBe(0);
      expect(bytes.length - 28).toBe(4 * (1 + bytes.readUInt16BE(30)));
    }
  });

  it('a receiver report is one word of header and one of source', () => {
    expect(writeReceiverReport(0x01020304).toString('hex')).toBe('80c9000101020304');
    expect(read(writeReceiverReport(1))).toEqual({ report: undefined, goodbye: false });
  });
});

describe('quirk 35: malformed RTCP', () => {
  const good = writeSenderReport(facts, UTC, 'camera');
  const goodbye = Buffer.from('81cb0001fedcba98', 'hex');

  it.each([
    ['nothing', Buffer.alloc(0), false, false],
    ['a header cut short', good.subarray(0, 3), false, false],
    ['a report cut short', good.subarray(0, 24), false, false],
    [
      'a length beyond the end',
      Buffer.concat([good.subarray(0, 2), Buffer.from([0, 200]), good.subarray(4)]),
      false,
      false,
    ],
    [
      'a report of too few words',
      Buffer.from('80c8000300000001000000020000000300000004', 'hex'),
      false,
      false,
    ],
    ['another version', Buffer.concat([Buffer.from([0x40]), good.subarray(1)]), false, false],
    ['garbage behind a report', Buffer.concat([good, Buffer.from('nonsense')]), true, false],
    ['a goodbye behind a report', Buffer.concat([good, goodbye]), true, true],
    ['only a goodbye', goodbye, false, true],
    [
      'an unknown packet before the report',
      Buffer.concat([Buffer.from('80f0000100000000', 'hex'), good]),
      true,
      false,
    ],
    [
      'a clock that was never set',
      Buffer.concat([good.subarray(0, 8), Buffer.alloc(8), good.subarray(16)]),
      false,
      false,
    ],
  ])('%s', (_name, bytes, hasReport, hasGoodbye) => {
    const { report, goodbye: bye } = read(bytes);
    expect([report !== undefined, bye]).toEqual([hasReport, hasGoodbye]);
  });

  it('any bytes, anywhere in a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat({ max: 20 }), (bytes, at) => {
        const buffer = Buffer.concat([Buffer.alloc(at, 0x80), Buffer.from(bytes)]);
        if (bytes.length > 4)
          buffer.set([0x80 | (bytes[0]! & 0x3f), 200 + (bytes[1]! % 5), 0, bytes[3]! % 12], at);
        const { report } = readRtcp(buffer, at, buffer.length);
        if (report) expect(Number.isFinite(report.ntp)).toBe(true);
      }),
      { seed: 35, numRuns: 20_000 },
    );
  });
});
