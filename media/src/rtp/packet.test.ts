import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RTP_HEADER, RtpPacket, writeRtpHeader } from './packet.ts';
import { INTERLEAVED_HEADER, PacketWriter } from './packet-writer.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

interface Made {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: number;
  /** Words of the header extension; undefined without one. */
  readonly extension: number | undefined;
  readonly padding: number;
  readonly payload: Uint8Array;
}

const packet: fc.Arbitrary<Made> = fc.record({
  marker: fc.boolean(),
  payloadType: fc.nat({ max: 127 }),
  sequence: fc.nat({ max: 0xffff }),
  timestamp: word,
  ssrc: word,
  csrcs: fc.nat({ max: 15 }),
  extension: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  padding: fc.nat({ max: 20 }),
  payload: fc.uint8Array({ maxLength: 50 }),
});

/** RFC 3550 5.1, field by field. */
function bytesOf(made: Made): Buffer {
  const head = Buffer.alloc(RTP_HEADER);
  head[0] = 0x80 | (made.padding > 0 ? 0x20 : 0) | (made.extension === undefined ? 0 : 0x10) | made.csrcs;
  head[1] = (made.marker ? 0x80 : 0) | made.payloadType;
  head.writeUInt16BE(made.sequence, 2);
  head.writeUInt32BE(made.timestamp, 4);
  head.writeUInt32BE(made.ssrc, 8);
  const parts = [head, Buffer.alloc(4 * made.csrcs, 0xcc)];
  if (made.extension !== undefined) {
    const extension = Buffer.alloc(4 + 4 * made.extension, 0xee);
    extension.writeUInt16BE(made.extension, 2);
    parts.push(extension);
  }
  const padding = Buffer.alloc(made.padding);
  if (made.padding > 0) padding[made.padding - 1] = made.padding;
  return Buffer.concat([...parts, made.payload, padding]);
}

describe('RtpPacket', () => {
  it('reads every field, whatever surrounds the packet', () => {
    fc.assert(
      fc.property(packet, fc.nat({ max: 9 }), (made, at) => {
        const bytes = bytesOf(made);
        const buffer = Buffer.concat([Buffer.alloc(at, 0xff), bytes, Buffer.alloc(9, 0xff)]);
        const read = new RtpPacket();
        expect(read.read(buffer, at, at + bytes.length)).toBe(true);
        const { marker, payloadType, sequence, timestamp, ssrc } = made;
        expect(read).toMatchObject({ marker, payloadType, sequence, timestamp, ssrc });
        expect(buffer.subarray(read.payload, read.end)).toEqual(Buffer.from(made.payload));
      }),
      { seed: 3550, numRuns: 5000 },
    );
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(packet, (made) => {
        const plain = { ...made, csrcs: 0, extension: undefined, padding: 0, payload: new Uint8Array() };
        const out = Buffer.alloc(RTP_HEADER + 3);
        const { marker, payloadType, sequence, timestamp, ssrc } = plain;
        expect(writeRtpHeader(out, 3, marker, payloadType, sequence, timestamp, ssrc)).toBe(out.length);
        expect(out.subarray(3)).toEqual(bytesOf(plain));
      }),
      { seed: 3551, numRuns: 2000 },
    );
  });

  it.each([
    ['another version', [0x40, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['11 bytes', [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0]],
    ['contributing sources beyond the end', [0x81, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['an extension beyond the end', [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]],
    ['an extension cut short', [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['padding longer than the packet', [0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 99]],
  ])('%s is no packet', (_name, bytes) => {
    expect(new RtpPacket().read(Buffer.from(bytes), 0, bytes.length)).toBe(false);
  });

  it('any bytes: no packet, or a payload inside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, believable) => {
        const buffer = Buffer.from(bytes);
        if (believable && buffer.length > 0) buffer[0] = 0x80 | (buffer[0]! & 0x3f);
        const read = new RtpPacket();
        if (!read.read(buffer, 0, buffer.length)) return;
        expect(read.payload).toBeGreaterThanOrEqual(RTP_HEADER);
        expect(read.end).toBeGreaterThanOrEqual(read.payload);
        expect(read.end).toBeLessThanOrEqual(buffer.length);
      }),
      { seed: 3552, numRuns: 20_000 },
    );
  });
});

describe('PacketWriter', () => {
  const options = { channel: 4, payloadType: 97, ssrc: 0xdeadbeef, sequence: 0x1fffe };

  it('frames packets for RTSP, counts them, and passes the wrap of the sequence number', () => {
    const payloads = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(3000, 7)];
    const writer = new PacketWriter(options);
    // Too little on purpose: it grows.
    writer.open(20);
    for (const payload of payloads) {
      writer.begin(payload.length, 0x1_0000_0005);
      for (const byte of payload.subarray(0, 1)) writer.byte(byte);
      writer.copy(payload, Math.min(1, payload.length), payload.length);
      writer.end();
    }
    writer.mark();
    const chunk = writer.take();
    const read = new RtpPacket();
    const seen = [];
    for (let at = 0; at < chunk.length; ) {
      expect([chunk[at], chunk[at + 1]]).toEqual([0x24, 4]);
      const end = at + INTERLEAVED_HEADER + chunk.readUInt16BE(at + 2);
      expect(read.read(chunk, at + INTERLEAVED_HEADER, end)).toBe(true);
      expect(read).toMatchObject({ payloadType: 97, ssrc: 0xdeadbeef, timestamp: 5 });
      seen.push([read.sequence, read.marker, Buffer.from(chunk.subarray(read.payload, read.end))]);
      at = end;
    }
    expect(seen).toEqual([
      [0xfffe, false, payloads[0]],
      [0xffff, false, payloads[1]],
      [0, true, payloads[2]],
    ]);
    expect(writer).toMatchObject({ packets: 3, octets: 3003, sequence: 0x20001 });
  });

  it('keeps nothing of the frame before: chunks are handed out for good', () => {
    const writer = new PacketWriter(options);
    const chunks = [1, 2].map((fill) => {
      writer.open(100);
      writer.begin(10, 0);
      writer.copy(Buffer.alloc(10, fill), 0, 10);
      writer.end();
      return writer.take();
    });
    expect(chunks.map((chunk) => chunk.at(-1))).toEqual([1, 2]);
    writer.open(100);
    writer.mark();
    expect(writer.take()).toHaveLength(0);
  });
});
