import { describe, expect, it } from 'vitest';
import { h264Track } from '../testing/feed-rig.ts';
import { Distribution } from './distribution.ts';
import type { PacketizedFrame } from './packets.ts';
import type { FeedLane, FeedReader } from './reader.ts';

const lane: FeedLane = { track: h264Track(), gop: [] };
const frame = (time: number, packets: number): PacketizedFrame => ({
  payloads: Array.from({ length: packets }, () => ({ data: Buffer.alloc(1), marker: false, delta: 0 })),
  ...{ bytes: packets, time, key: false, disposable: false },
});

/** Readers that note what they get, and turns that a test lets happen. */
function stage(count: number) {
  const seen = Array.from({ length: count }, () => [] as number[]);
  const readers = seen.map((times): FeedReader => {
    return { onFrame: (_lane, { time }) => void times.push(time), onEnd: () => undefined };
  });
  const turns: (() => void)[] = [];
  const facts = { delivered: 0 };
  const distribution = new Distribution({
    next: (task) => void turns.push(task),
    onDelivered: () => {
      facts.delivered++;
    },
  });
  return { seen, readers, turns, facts, distribution };
}

describe('frames for many', () => {
  it('reach a few at once', () => {
    const { seen, readers, turns, facts, distribution } = stage(10);
    distribution.push(lane, frame(1, 20), readers);
    expect([seen.flat().length, turns.length, facts.delivered]).toEqual([10, 0, 1]);
  });

  it('reach hundreds in turns, each in its order, whoever came when', () => {
    const { seen, readers, turns, facts, distribution } = stage(201);
    const early = readers.slice(0, 200);
    distribution.push(lane, frame(1, 100), early);
    expect(seen.flat()).toHaveLength(6);
    expect(turns).toHaveLength(1);
    distribution.push(lane, frame(2, 3), readers);
    expect([seen.flat().length, facts.delivered]).toEqual([6, 0]);
    let most = 0;
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
      const before = seen.flat().length;
      turn();
      most = Math.max(most, seen.flat().length - before);
    }
    expect(facts.delivered).toBe(2);
    expect(seen.slice(0, 200).every((times) => times.join() === '1,2')).toBe(true);
    expect(seen[200]).toEqual([2]);
    // 3 packets a reader fit more often into a turn than 100.
    expect(most).toBeLessThanOrEqual(512 / 3 + 1);
  });

  it('that nobody was given yet are forgotten, and counted as done', () => {
    const { seen, readers, turns, facts, distribution } = stage(100);
    distribution.push(lane, frame(1, 100), readers);
    distribution.push(lane, frame(2, 1), readers);
    distribution.clear();
    while (turns.length > 0) turns.shift()!();
    expect([seen.flat().length, facts.delivered]).toEqual([6, 2]);
  });

  it('go on when a reader ends all of it', () => {
    const { readers, facts, distribution } = stage(2);
    const ending: FeedReader = { onFrame: () => distribution.clear(), onEnd: () => undefined };
    distribution.push(lane, frame(1, 1), [ending, ...readers]);
    distribution.push(lane, frame(2, 1), readers);
    expect(facts.delivered).toBe(2);
  });
});
