import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { ReorderBuffer } from './reorder.ts';

function sorted(options: { maxPackets?: number; maxMs?: number } = {}) {
  const clock = new FakeClock();
  const out: number[] = [];
  const deliver = (packet: Buffer) => void out.push(packet.readUInt16BE(0));
  const reorder = new ReorderBuffer({ clock, deliver, ...options });
  const push = (...sequences: number[]) => {
    for (const sequence of sequences) {
      const packet = Buffer.alloc(2);
      packet.writeUInt16BE(sequence & 0xffff);
      reorder.push(sequence & 0xffff, packet);
    }
  };
  return { clock, out, reorder, push };
}

describe('ReorderBuffer', () => {
  it.each<[string, number[], number[], number]>([
    ['in order', [5, 6, 7], [5, 6, 7], 0],
    ['swapped', [5, 7, 6, 8], [5, 6, 7, 8], 0],
    ['one far late', [5, 7, 8, 9, 6], [5, 6, 7, 8, 9], 0],
    ['twice', [5, 6, 6, 7, 5], [5, 6, 7], 2],
    ['twice while held', [5, 7, 7, 6], [5, 6, 7], 1],
    ['over the wrap', [0xfffe, 0, 0xffff, 1], [0xfffe, 0xffff, 0, 1], 0],
    ['a loss of 300', [5, 305, 306], [5, 305, 306], 0],
    ['a lone stray number', [5, 20_000, 6], [5, 6], 0],
    ['begun again elsewhere', [5, 20_000, 20_001, 20_002], [5, 20_001, 20_002], 0],
    ['what is held goes first', [5, 7, 305, 306], [5, 7, 305, 306], 0],
  ])('%s', (_, sequences, expected, late) => {
    const { out, push, reorder } = sorted();
    push(...sequences);
    expect(out).toEqual(expected);
    expect(reorder.late).toBe(late);
  });

  it('gives a gap up after its time, and each later gap after its own', () => {
    const { clock, out, push, reorder } = sorted({ maxMs: 50 });
    push(1, 3, 4);
    clock.advance(49);
    expect(out).toEqual([1]);
    clock.advance(1);
    expect(out).toEqual([1, 3, 4]);
    push(2);
    expect(reorder.late).toBe(1);
    push(6, 8);
    clock.advance(50);
    expect(out).toEqual([1, 3, 4, 6]);
    clock.advance(50);
    expect(out).toEqual([1, 3, 4, 6, 8]);
    expect(clock.pending).toBe(0);
  });

  it('gives a gap up when too many packets wait behind it', () => {
    const { clock, out, push } = sorted({ maxPackets: 4 });
    push(1, 3, 4, 5);
    expect(out).toEqual([1]);
    push(6);
    expect(out).toEqual([1, 3, 4, 5, 6]);
    expect(clock.pending).toBe(0);
  });

  it('arms no timer for packets in order, and none after close', () => {
    const { clock, out, push, reorder } = sorted();
    push(1, 2, 3);
    expect(clock.pending).toBe(0);
    push(5);
    expect(clock.pending).toBe(1);
    reorder.close();
    expect(clock.pending).toBe(0);
    expect(reorder.held).toBe(0);
    expect(out).toEqual([1, 2, 3]);
  });

  it('delivers every packet once and in order while the disorder stays within its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 300 }),
        (first, delays) => {
          const { out, push } = sorted();
          const order = delays
            .map((delay, index) => ({ index, at: index === 0 ? -1 : index + delay }))
            .sort((a, b) => a.at - b.at || a.index - b.index);
          push(...order.map(({ index }) => first + index));
          expect(out).toEqual(delays.map((_, index) => (first + index) & 0xffff));
        },
      ),
      { seed: 20261120, numRuns: 500 },
    );
  });

  it('holds at most its bound, whatever numbers come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }), (sequences) => {
        const { clock, out, push, reorder } = sorted({ maxPackets: 16 });
        for (const sequence of sequences) {
          push(sequence);
          expect(reorder.held).toBeLessThan(16);
        }
        for (let gap = 0; gap < 16; gap++) clock.advance(100);
        expect(reorder.held).toBe(0);
        expect(clock.pending).toBe(0);
        expect(out.length).toBeLessThanOrEqual(sequences.length);
      }),
      { seed: 20261120, numRuns: 500 },
    );
  });
});
