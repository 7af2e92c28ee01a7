import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { guessIndex } from '../srtp/source.ts';
import { FeedRig, h264Track, opusTrack, rtcpFeedback, type SentPacket } from '../testing/feed-rig.ts';
import type { Sender } from './index.ts';

const NTP_1970 = 2_208_988_800;

/** Differences of consecutive 32-bit time stamps. */
const steps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => (time - times[index]!) | 0);

function nack(sender: Sender, ssrc: number, sequence: number): void {
  const entry = Buffer.alloc(4);
  entry.writeUInt16BE(sequence, 0);
  const packet = rtcpFeedback(205, 1, ssrc, entry);
  sender.rtcp(packet, 0, packet.length);
}

function pli(sender: Sender, ssrc = 1000): void {
  const packet = rtcpFeedback(206, 1, ssrc);
  sender.rtcp(packet, 0, packet.length);
}

/** A sender that has joined behind `pictures` of a GOP. */
function joined(rig: FeedRig, pictures: number): Sender {
  for (let index = 0; index < pictures; index++) rig.picture({ key: index === 0 });
  const sender = rig.sender();
  sender.start();
  return sender;
}

describe('a peer that joins', () => {
  it('gets the GOP so far at once, squeezed to 1 ms a picture, and goes on in real time', () => {
    const rig = new FeedRig();
    joined(rig, 10);
    const before = rig.times();
    expect(before).toHaveLength(10);
    expect(steps(before)).toEqual(Array.from({ length: 9 }, () => 90));
    rig.picture();
    rig.picture();
    expect(steps(rig.times())).toEqual([...steps(before), 3_600, 3_600]);
  });

  it('sees sequence numbers without a hole, over their turn', () => {
    const rig = new FeedRig();
    joined(rig, 20);
    while (rig.sent.length < 0x8100) rig.picture({ bytes: 500_000 });
    const numbers = rig.sent.map(({ sequence }) => sequence);
    expect(numbers[0]).toBe(0x7ff1);
    expect(
      numbers.every((value, index) => index === 0 || value === ((numbers[index - 1]! + 1) & 0xffff)),
    ).toBe(true);
  });

  it.each([0, 0x7fff, 0x8000, 0xfff0, 0xfffffff0, 0xffffffff])(
    'and hears nothing of the first packets knows the turn of the next one: random %d',
    (random) => {
      const rig = new FeedRig();
      rig.random = random;
      const sender = joined(rig, 200);
      for (const { sequence } of rig.sent.slice(0, 10)) nack(sender, 1000, sequence);
      for (const ssrc of [1000, 2000]) {
        const numbers = rig.sent.filter((packet) => packet.ssrc === ssrc).map(({ sequence }) => sequence);
        expect(numbers.map((number) => guessIndex(-1, number))).toEqual(
          numbers.map((_, index) => numbers[0]! + index),
        );
      }
    },
  );

  it('before the first key frame waits for it', () => {
    const rig = new FeedRig();
    const sender = rig.sender();
    sender.start();
    rig.picture();
    expect(rig.sent).toEqual([]);
    rig.picture({ key: true });
    expect(rig.times()).toHaveLength(1);
  });

  it('is sent the parameter sets before the key frame, the marker on its last packet, all below the limit', () => {
    const rig = new FeedRig();
    rig.picture({ key: true, bytes: 5_000 });
    rig.sender().start();
    const types = rig.sent.map(({ payload }) => payload[0]! & 31);
    expect(types).toEqual([7, 8, 28, 28, 28, 28, 28]);
    expect(rig.sent.map(({ marker }) => marker)).toEqual([false, false, false, false, false, false, true]);
    expect(Math.max(...rig.sent.map(({ payload }) => payload.length))).toBeLessThanOrEqual(1_180);
  });

  it('is sent a large GOP in slices, and what comes meanwhile behind it', () => {
    const rig = new FeedRig();
    for (let index = 0; index < 20; index++) rig.picture({ key: index === 0, bytes: 20_000 });
    rig.sender().start();
    expect(rig.times()).toHaveLength(4);
    rig.clock.advance(5);
    expect(rig.times()).toHaveLength(8);
    rig.picture({ bytes: 300 });
    rig.clock.advance(100);
    const times = rig.times();
    expect(times).toHaveLength(21);
    expect(steps(times).every((step) => step > 0)).toBe(true);
  });

  it('over a connection that takes it slowly is sent the GOP as it takes it, without a hole', () => {
    const rig = new FeedRig();
    for (let index = 0; index < 20; index++) rig.picture({ key: index === 0, bytes: 20_000 });
    rig.queued = 300_000;
    rig.sender().start();
    rig.clock.advance(500);
    expect(rig.sent).toEqual([]);
    rig.queued = 0;
    rig.clock.advance(100);
    const times = rig.times();
    expect(times).toHaveLength(20);
    expect(steps(times)).toEqual(Array.from({ length: 19 }, () => 90));
  });

  it('asks for a small jitter buffer in the first packet of each picture, where that was agreed', () => {
    const rig = new FeedRig();
    rig.picture({ key: true, bytes: 3_000 });
    rig.sender({ playoutDelay: { id: 5, min: 0, max: 4 } }).start();
    expect(rig.sent.map(({ extension }) => extension)).toEqual([true, false, false, false, false]);
  });

  it('after the tracks have changed is told so', () => {
    const rig = new FeedRig();
    rig.picture({ key: true });
    const sender = rig.sender();
    rig.feed.onTracks([opusTrack]);
    sender.start();
    expect(rig.ends).toEqual(['tracks_changed']);
  });
});

describe('a lost packet', () => {
  it('comes again by RTX with its own number in front', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 3);
    const lost = rig.sent[2]!;
    const count = rig.sent.length;
    nack(sender, 1000, lost.sequence);
    const again = rig.sent.at(-1)!;
    expect(rig.sent).toHaveLength(count + 1);
    expect(again).toMatchObject({
      payloadType: 103,
      ssrc: 2000,
      timestamp: lost.timestamp,
      marker: lost.marker,
    });
    expect(again.payload.readUInt16BE(0)).toBe(lost.sequence);
    expect(again.payload.subarray(2)).toEqual(lost.payload);
    expect(sender.figures.repaired).toBe(1);
  });

  it('comes again as it was to a peer without RTX', () => {
    const rig = new FeedRig();
    rig.picture({ key: true });
    const sender = rig.sender({ rtx: false });
    sender.start();
    nack(sender, 1000, rig.sent[1]!.sequence);
    expect(rig.sent.at(-1)).toEqual(rig.sent[1]);
  });

  it('that is no longer remembered brings the GOP again at once', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 3);
    const first = rig.sent[0]!.sequence;
    for (let index = 0; index < 1_100; index++) rig.picture({ key: index % 100 === 0 });
    const count = rig.sent.length;
    nack(sender, 1000, first);
    expect(rig.sent.length).toBeGreaterThan(count);
    expect(sender.figures.replays).toBe(1);
  });

  it.each([
    ['that was never sent', (sent: SentPacket) => (sent.sequence + 500) & 0xffff],
    ['of the number that comes next', (sent: SentPacket) => (sent.sequence + 1) & 0xffff],
  ])('%s is not made up', (_what, sequence) => {
    const rig = new FeedRig();
    const sender = joined(rig, 3);
    const count = rig.sent.length;
    nack(sender, 1000, sequence(rig.sent.at(-1)!));
    expect(rig.sent.slice(count).every(({ payloadType }) => payloadType === 102)).toBe(true);
  });

  it('asked for without end is repaired within bounds', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 3);
    const lost = rig.sent[1]!.sequence;
    for (let round = 0; round < 5_000; round++) nack(sender, 1000, lost);
    expect(sender.figures.repaired).toBeLessThanOrEqual(512);
    rig.clock.advance(1_000);
    for (let round = 0; round < 5_000; round++) nack(sender, 1000, lost);
    expect(sender.figures.repaired).toBeLessThanOrEqual(1_024);
  });
});

describe('a lost picture', () => {
  it('brings the GOP again, all between the picture before and the next', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 10);
    const before = rig.times();
    pli(sender);
    const replayed = rig.times().slice(before.length);
    expect(replayed).toHaveLength(10);
    rig.picture();
    const all = [before.at(-1)!, ...rig.times().slice(before.length)];
    expect(steps(all).every((step) => step > 0)).toBe(true);
    expect((rig.times().at(-1)! - before.at(-1)!) | 0).toBe(3_600);
  });

  it('brings no picture that has not had its turn yet: it would be decoded twice', async () => {
    const rig = new FeedRig();
    rig.picture({ key: true });
    rig.feed.attach({ onFrame: () => undefined, onEnd: () => undefined });
    const sender = rig.sender();
    sender.start();
    rig.picture({ bytes: 700_000 });
    expect(rig.times()).toHaveLength(1);
    pli(sender);
    expect(rig.times()).toHaveLength(2);
    await setImmediate();
    const times = rig.times();
    expect([times.length, (times[2]! - times[0]!) | 0]).toEqual([3, 3_600]);
  });

  it('is asked for by a full intra request as well', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 2);
    const entry = Buffer.alloc(8);
    entry.writeUInt32BE(1000, 0);
    const packet = rtcpFeedback(206, 4, 0, entry);
    sender.rtcp(packet, 0, packet.length);
    expect(sender.figures.replays).toBe(1);
  });

  it('brings it once a second, however often it is asked for', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 4);
    for (let round = 0; round < 100; round++) pli(sender);
    expect(sender.figures.replays).toBe(1);
    rig.clock.advance(1_001);
    pli(sender);
    expect(sender.figures.replays).toBe(2);
  });

  it('of another source, or in the sound, brings nothing', () => {
    const rig = new FeedRig([h264Track(), opusTrack]);
    const sender = joined(rig, 4);
    pli(sender, 999);
    pli(sender, 1001);
    expect(sender.figures.replays).toBe(0);
  });
});

describe('sender reports', () => {
  it('tell of all tracks, by one clock, after 50 ms and every second', () => {
    const rig = new FeedRig([h264Track(), opusTrack]);
    joined(rig, 2);
    rig.sound();
    expect(rig.reports).toEqual([]);
    rig.clock.advance(50);
    expect(rig.reports.map((report) => [report[1], report.readUInt32BE(4)])).toEqual([
      [200, 1000],
      [200, 1001],
    ]);
    const [video] = rig.reports;
    const last = rig.times().at(-1)!;
    // 50 ms after the last picture came.
    expect((video!.readUInt32BE(16) - last) | 0).toBe(4_500);
    expect(video!.readUInt32BE(8)).toBe(Math.floor(rig.clock.utc() / 1000) + NTP_1970);
    expect(video!.readUInt32BE(20)).toBe(rig.sent.filter(({ ssrc }) => ssrc === 1000).length);
    rig.clock.advance(1_000);
    expect(rig.reports).toHaveLength(4);
  });

  it('answered give the round trip and the loss', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 2);
    rig.clock.advance(50);
    const middle = rig.reports[0]!.readUInt32BE(10);
    rig.clock.advance(120);
    const report = Buffer.alloc(32);
    report.set([0x81, 201, 0, 7]);
    report.writeUInt32BE(1000, 8);
    report[12] = 64;
    report.writeUInt32BE(middle, 24);
    report.writeUInt32BE(0.1 * 65_536, 28);
    sender.rtcp(report, 0, report.length);
    expect(sender.figures.fractionLost).toBe(0.25);
    expect(sender.figures.roundTrip).toBeGreaterThan(18);
    expect(sender.figures.roundTrip).toBeLessThan(22);
  });
});

describe('a peer that does not keep up', () => {
  it('loses whole pictures up to a key frame, then its place', () => {
    const rig = new FeedRig([h264Track(), opusTrack]);
    const sender = joined(rig, 2);
    const count = rig.times().length;
    rig.queued = 2 * 1024 * 1024;
    for (let index = 0; index < 10; index++) rig.picture({ key: index === 5 });
    expect(rig.times()).toHaveLength(count);
    rig.queued = 0;
    rig.picture();
    expect(rig.times()).toHaveLength(count);
    rig.picture({ key: true });
    rig.picture();
    expect(rig.times()).toHaveLength(count + 2);
    rig.queued = 2 * 1024 * 1024;
    for (let index = 0; index < 300; index++) rig.picture();
    expect(rig.ends).toEqual(['too_slow']);
    expect(sender.figures.skipped).toBeGreaterThan(200);
    expect(rig.feed.readerCount).toBe(0);
  });
});

describe('the end', () => {
  it('gives every timer back and sends nothing more', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 3);
    sender.close();
    sender.close();
    const count = rig.sent.length;
    rig.picture({ key: true });
    nack(sender, 1000, rig.sent[0]!.sequence);
    pli(sender);
    expect([rig.sent.length, rig.clock.pending, rig.feed.readerCount]).toEqual([count, 0, 0]);
    expect(rig.ends).toEqual([]);
  });
});

describe('a path that is too narrow', () => {
  let highest = 0x8000;

  /** A receiver report about the video, with this share of packets lost. */
  function loses(sender: Sender, share: number): void {
    const report = Buffer.alloc(32);
    report[0] = 0x81;
    report[1] = 201;
    report.writeUInt16BE(7, 2);
    report.writeUInt32BE(1000, 8);
    report[12] = Math.round(share * 256);
    highest += 450;
    report.writeUInt32BE(highest, 16);
    sender.rtcp(report, 0, report.length);
  }

  /** A GOP of 10 pictures, every other one disposable; the numbers of those that were sent. */
  function gop(rig: FeedRig, disposable = true): number[] {
    const sent: number[] = [];
    for (let index = 0; index < 10; index++) {
      const before = rig.times().length;
      rig.picture({ key: index === 0, disposable: disposable && index % 2 === 1 });
      if (rig.times().length > before) sent.push(index);
    }
    return sent;
  }

  it('is sent fewer pictures by steps, each of which can be decoded, and all again when it is wide', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 1);
    expect(gop(rig)).toHaveLength(10);
    for (const _ of [1, 2]) loses(sender, 0.3);
    expect(gop(rig)).toEqual([0, 2, 4, 6, 8]);
    for (const _ of [1, 2]) loses(sender, 0.3);
    expect(gop(rig)).toEqual([0]);
    expect(sender.figures).toMatchObject({ thinning: 'keys', skipped: 14 });
    rig.picture({ key: true });
    for (let i = 0; i < 10; i++) loses(sender, 0);
    expect(sender.figures.thinning).toBe('all');
    // In the middle of a GOP whose pictures it has; the next one is whole.
    expect(gop(rig)).toHaveLength(10);
  });

  it('and was sent key frames alone goes on at the next one: what was left out is needed', () => {
    const rig = new FeedRig();
    const sender = joined(rig, 1);
    for (const _ of [1, 2]) loses(sender, 0.3);
    rig.picture({ key: true });
    rig.picture();
    for (let i = 0; i < 5; i++) loses(sender, 0);
    expect(sender.figures.thinning).toBe('all');
    const before = rig.times().length;
    rig.picture();
    expect(rig.times()).toHaveLength(before);
    expect(gop(rig, false)).toHaveLength(10);
  });
});
