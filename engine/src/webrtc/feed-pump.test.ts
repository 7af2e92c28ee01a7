import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audioTrack, Publisher, videoTrack } from '../testing/index.ts';
import { FeedPump } from './feed-pump.ts';
import type { PostedFrame, ToWorker } from './messages.ts';

let source: Publisher;
let pump: FeedPump;
let posted: ToWorker[];
let behind: number;

beforeEach(() => {
  source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  posted = [];
  behind = 0;
  pump = new FeedPump({
    ...{ id: 'cam', stream: source.stream, clock: source.clock, onEnd: () => undefined },
    post: (message) => void posted.push(message),
    onBehind: () => {
      behind++;
    },
  });
});
afterEach(() => {
  pump.close();
  source.close();
  expect(source.pool.held).toBe(0);
});

const frames = () => posted.filter((message): message is PostedFrame => message.type === 'frame');

describe('a stream on its way to the worker', () => {
  it('begins with the frames since the last key frame, in memory of their own', () => {
    source.play(0.5);
    pump.start();
    expect(posted[0]).toMatchObject({ type: 'tracks', tracks: [{ codec: 'h264' }, { codec: 'aac' }] });
    expect(frames()).toHaveLength(source.stream.gop.length);
    expect(frames()[0]).toMatchObject({ index: 0, key: true });
    const { slab, payload, end } = source.stream.gop[0]!;
    expect(Buffer.from(frames()[0]!.bytes)).toEqual(slab.buffer.subarray(payload, end));
  });

  it('is left out while the worker does not keep up, and goes on at a key frame', () => {
    pump.start();
    source.play(30);
    expect([frames().length, behind]).toEqual([150, 1]);
    pump.taken(74);
    source.play(2);
    expect(frames()).toHaveLength(150);
    pump.taken(8);
    source.play(0.96);
    const first = frames()[150]!;
    expect(first).toMatchObject({ index: 0, key: true });
    expect(frames().length).toBeGreaterThan(160);
    expect(behind).toBe(1);
  });

  it('that begins with a long GOP is not behind for that', () => {
    source.play(20, { gop: 1_000 });
    pump.start();
    const cached = frames().length;
    expect(cached).toBeGreaterThan(500);
    source.play(1, { gop: 1_000 });
    expect(frames().length).toBeGreaterThan(cached + 20);
  });
});
