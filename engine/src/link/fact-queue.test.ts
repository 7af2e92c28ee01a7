import type { Fact } from '@nightjar/contract/link';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FactQueue } from './fact-queue.ts';

const at = '2026-01-02T03:04:05.000Z';
const opened = (filename: string): Fact => ({
  kind: 'segment.opened',
  stream_id: 'cam',
  filename,
  start: at,
});
const grown = (filename: string, bytes: number): Fact => ({
  kind: 'segment.grown',
  stream_id: 'cam',
  filename,
  start: at,
  duration: 1,
  bytes,
});
const stateFact = (state: 'live' | 'reconnecting'): Fact => ({
  kind: 'stream.state',
  stream_id: 'cam',
  state,
  previous: 'ready',
  at,
});

describe('the queue of facts', () => {
  it('numbers from 1 and keeps all until they are acknowledged', () => {
    const queue = new FactQueue();
    expect([1, 2, 3].map(() => queue.push(stateFact('live')).seq)).toEqual([1, 2, 3]);
    expect([...queue.waiting()].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    queue.acknowledge(2);
    expect([...queue.waiting()].map(({ seq }) => seq)).toEqual([3]);
    queue.acknowledge(2);
    queue.acknowledge(99);
    expect(queue.size).toBe(0);
    expect(queue.push(stateFact('live')).seq).toBe(4);
  });

  it('keeps of the sizes of a file the newest only, behind what it follows', () => {
    const queue = new FactQueue();
    queue.push(opened('a'));
    queue.push(grown('a', 1));
    queue.push(opened('b'));
    queue.push(grown('b', 1));
    queue.push(grown('a', 2));
    queue.push(stateFact('reconnecting'));
    queue.push(stateFact('live'));
    const waiting = [...queue.waiting()].map(({ seq, fact }) => [
      seq,
      fact.kind,
      'bytes' in fact && fact.bytes,
    ]);
    expect(waiting).toEqual([
      [1, 'segment.opened', false],
      [3, 'segment.opened', false],
      [4, 'segment.grown', 1],
      [5, 'segment.grown', 2],
      [6, 'stream.state', false],
      [7, 'stream.state', false],
    ]);
  });

  it('gives up the oldest of 50,000, and counts what it gave up', () => {
    const queue = new FactQueue();
    for (let i = 0; i < 50_010; i++) queue.push(stateFact('live'));
    expect([queue.size, queue.overflowed]).toEqual([50_000, 10]);
    expect([...queue.waiting()][0]!.seq).toBe(11);
    for (let i = 0; i < 100_000; i++) queue.push(grown('a', i));
    expect([queue.size, queue.overflowed]).toEqual([50_000, 11]);
  });

  it('never loses the newest of anything, never repeats, and rises', () => {
    const fact = fc.oneof(
      fc.constantFrom('a', 'b').map(opened),
      fc
        .record({ file: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat() })
        .map(({ file, bytes }) => grown(file, bytes)),
      fc.constantFrom('live' as const, 'reconnecting' as const).map(stateFact),
    );
    const step = fc.oneof(
      fact.map((value) => ({ push: value })),
      fc.nat({ max: 60 }).map((seq) => ({ ack: seq })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new FactQueue();
        const pushed: Fact[] = [];
        let acknowledged = 0;
        for (const action of steps) {
          if ('push' in action) pushed.push(queue.push(action.push).fact);
          else {
            acknowledged = Math.max(acknowledged, Math.min(action.ack, pushed.length));
            queue.acknowledge(action.ack);
          }
        }
        const waiting = [...queue.waiting()];
        const seqs = waiting.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        for (const { seq, fact: kept } of waiting) expect(kept).toBe(pushed[seq - 1]);
        const replaced = (seq: number): boolean => {
          const old = pushed[seq - 1]!;
          return pushed.slice(seq).some((later) => {
            return (
              old.kind === 'segment.grown' &&
              later.kind === 'segment.grown' &&
              later.filename === old.filename
            );
          });
        };
        for (let seq = acknowledged + 1; seq <= pushed.length; seq++)
          expect(seqs.includes(seq)).toBe(!replaced(seq));
      }),
    );
  });
});
