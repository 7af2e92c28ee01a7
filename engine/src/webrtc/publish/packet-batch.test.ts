import { FakeClock } from '@nightjar/media/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketBatch, readBatch } from './packet-batch.ts';

type Packet = readonly [track: number, kind: 'rtp' | 'rtcp', packet: Buffer];

function batched(packets: readonly Packet[]) {
  const clock = new FakeClock();
  const sent: Uint8Array<ArrayBuffer>[] = [];
  const batch = new PacketBatch(clock, (bytes) => sent.push(bytes));
  for (const packet of packets) batch.add(...packet);
  return { clock, sent, batch };
}

function read(sent: readonly Uint8Array<ArrayBuffer>[]): Packet[] {
  const packets: Packet[] = [];
  for (const bytes of sent) {
    readBatch(bytes, (track, kind, b, start, end) => {
      packets.push([track, kind, Buffer.from(b.subarray(start, end))]);
    });
  }
  return packets;
}

describe('packets between threads', () => {
  it('come out as they went in, in order, whatever their number and size', () => {
    const packet = fc.tuple(
      fc.nat(3),
      fc.constantFrom('rtp' as const, 'rtcp' as const),
      fc.integer({ min: 1, max: 65_535 }).map((bytes) => Buffer.alloc(bytes, bytes)),
    );
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 12 }), (packets) => {
        const { clock, sent } = batched(packets);
        clock.advance(4);
        expect(read(sent)).toEqual(packets);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('go together every 4 ms, and earlier when there is no room', () => {
    const small = [0, 'rtp', Buffer.alloc(1_200)] as const;
    const { clock, sent, batch } = batched([small, small]);
    clock.advance(3);
    expect(sent).toHaveLength(0);
    clock.advance(1);
    expect(sent).toHaveLength(1);
    for (let i = 0; i < 60; i++) batch.add(...small);
    expect(sent).toHaveLength(2);
    batch.flush();
    batch.flush();
    expect(sent).toHaveLength(3);
    expect(read(sent)).toHaveLength(62);
  });
});
