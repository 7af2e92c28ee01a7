import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { Inlet } from './inlet.ts';

function rig(type: number | 'any' = 96) {
  const clock = new FakeClock();
  const rtp: Buffer[] = [];
  const rtcp: Buffer[] = [];
  const sink = {
    rtp: (_track: number, packet: Buffer) => void rtp.push(packet),
    rtcp: (_track: number, packet: Buffer) => void rtcp.push(packet),
  };
  const payloadType = type === 'any' ? undefined : type;
  const facts = { trackIndex: 0, clockRate: 90_000, payloadType, sink, clock, ssrc: 1 };
  return { clock, rtp, rtcp, inlet: new Inlet(facts) };
}

function packet(sequence: number, ssrc = 7): Buffer {
  const bytes = Buffer.alloc(20);
  bytes[0] = 0x80;
  bytes[1] = 96;
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

/** Most get the version of RTP, some a type of RTCP, some the source that was there before. */
function likely(datagram: Buffer, index: number): Buffer {
  if (datagram.length < 12) return datagram;
  if (index % 5 !== 0) datagram[0] = 0x80 | (datagram[0]! & 0x3f);
  if (index % 7 === 0) datagram[1] = 198 + (datagram[1]! % 10);
  if (index % 3 === 0) datagram.fill(7, 8, 12);
  return datagram;
}

describe('Inlet', () => {
  it.each<[string, Buffer, [rtp: number, rtcp: number, ignored: number]]>([
    ['a packet', packet(1), [1, 0, 0]],
    ['an empty payload (quirk 34)', packet(1).subarray(0, 12), [1, 0, 0]],
    ['RTCP on the RTP port', Buffer.from('80c9000100000001', 'hex'), [0, 1, 0]],
    ['RTCP with a length that lies (quirk 35)', Buffer.from('80c8ffff00000001', 'hex'), [0, 1, 0]],
    ['version 1', Buffer.from('40'.repeat(20), 'hex'), [0, 0, 1]],
    ['11 bytes', packet(1).subarray(0, 11), [0, 0, 1]],
    ['nothing', Buffer.alloc(0), [0, 0, 1]],
  ])('%s', (_, bytes, expected) => {
    const { inlet, rtp, rtcp } = rig();
    inlet.rtp(bytes);
    expect([rtp.length, rtcp.length, inlet.ignored]).toEqual(expected);
  });

  it('a packet is handed on as the buffer it came in', () => {
    const { inlet, rtp } = rig();
    const bytes = packet(1);
    inlet.rtp(bytes);
    expect(rtp[0]).toBe(bytes);
  });

  it.each<[string, readonly (readonly [type: number, sequence: number])[], number[]]>([
    [
      'give the number of the next one too',
      [
        [96, 1],
        [50, 2],
        [96, 2],
        [96, 3],
      ],
      [1, 2, 3],
    ],
    [
      'have numbers of their own in between',
      [
        [96, 1],
        [50, 2],
        [50, 3],
        [96, 4],
        [96, 5],
      ],
      [1, 2, 3, 4, 5],
    ],
    [
      'have numbers of their own far away',
      [
        [96, 1],
        [50, 900],
        [96, 2],
        [50, 901],
        [96, 3],
      ],
      [1, 2, 3],
    ],
  ])('quirk 26: packets of another type that %s hold nothing up', (_what, sent, expected) => {
    const { inlet, rtp } = rig();
    for (const [type, sequence] of sent) {
      const bytes = packet(sequence);
      bytes[1] = type;
      inlet.rtp(bytes);
    }
    expect(rtp.map((bytes) => bytes.readUInt16BE(2))).toEqual(expected);
    expect(inlet.ignored).toBe(sent.filter(([type]) => type !== 96).length);
  });

  it('reports on the source that sends now, with its own sender report only', () => {
    const { inlet, clock } = rig();
    const senderReport = (ssrc: number) => {
      const bytes = Buffer.alloc(28);
      bytes.writeUInt32BE(0x80c8_0006, 0);
      bytes.writeUInt32BE(ssrc, 4);
      bytes.writeUInt32BE(0xee6a_5f00, 8);
      return bytes;
    };
    for (const sequence of [1, 2, 4]) inlet.rtp(packet(sequence));
    inlet.rtcp(senderReport(8));
    const facts = () => {
      const report = inlet.report();
      return { ssrc: report.readUInt32BE(8), lost: report.readUIntBE(13, 3), last: report.readUInt32BE(24) };
    };
    expect(facts()).toEqual({ ssrc: 7, lost: 1, last: 0 });
    inlet.rtcp(senderReport(7));
    clock.advance(1000);
    expect(facts()).toEqual({ ssrc: 7, lost: 1, last: 0x5f00_0000 });
    inlet.rtp(packet(60_000, 9));
    expect(facts()).toEqual({ ssrc: 9, lost: 0, last: 0 });
  });

  it('100,000 datagrams of any bytes: no error, only what looks right goes on, nothing is kept', () => {
    const { inlet, rtp, rtcp, clock } = rig('any');
    const bytes = fc.uint8Array({ maxLength: 48, size: 'max' });
    const all = fc.sample(bytes, { seed: 20261120, numRuns: 20_000 });
    let slowest = 0;
    for (let index = 0; index < 5 * all.length; index++) {
      const datagram = likely(Buffer.from(all[index % all.length]!), index);
      const began = performance.now();
      if (index % 4 === 0) inlet.rtcp(datagram);
      else inlet.rtp(datagram);
      inlet.report();
      slowest = Math.max(slowest, performance.now() - began);
    }
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    expect(rtp.length).toBeGreaterThan(1000);
    expect(rtcp.length).toBeGreaterThan(1000);
    for (const one of rtp) expect([one[0]! >> 6, one.length >= 12]).toEqual([2, true]);
    for (const one of rtcp) expect([one[0]! >> 6, one.length >= 8]).toEqual([2, true]);
    // Generous: what is measured is that nothing grows with what a datagram claims.
    expect(slowest).toBeLessThan(100);
  });
});
