import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aac, type Format } from '../codecs/index.ts';
import { FrameWriter, MediaStream, SlabPool, type Track } from '../stream/index.ts';
import { FakeClock } from '../testing/index.ts';
import { RtpPacket } from './packet.ts';
import { INTERLEAVED_HEADER } from './packet-writer.ts';
import { formatOf, slice } from './payloads/testing/h264-units.ts';
import { readRtcp, type SenderReport } from './rtcp.ts';
import { RtpSender, type RtpViewer } from './sender.ts';

const RATE = 16_000;
const facts = { clockRate: RATE, channels: 1 };
const sound = (config: string): Format =>
  aac.formatFromSdp({ ...facts, fmtp: new Map([['config', config]]) })!;
const picture = (width: number): Track => ({
  id: 1,
  kind: 'video',
  format: formatOf({ width, height: 480 }),
});
const VIDEO = picture(640);
const AUDIO: Track = { id: 2, kind: 'audio', format: sound('1408') };

interface Seen {
  readonly trackIndex: number;
  readonly key: boolean;
  /** Of each packet. */
  readonly sequences: readonly number[];
  readonly markers: readonly boolean[];
  readonly timestamp: number;
  readonly ssrc: number;
}

class Viewer implements RtpViewer {
  readonly seen: (Seen | { readonly trackIndex: number; readonly report: SenderReport })[] = [];
  ended = 0;
  onPackets: (() => void) | undefined;

  get media(): Seen[] {
    return this.seen.filter((one) => 'sequences' in one);
  }

  get reports(): { trackIndex: number; report: SenderReport }[] {
    return this.seen.filter((one) => 'report' in one);
  }

  of(trackIndex: number): Seen[] {
    return this.media.filter((one) => one.trackIndex === trackIndex);
  }

  packets(chunk: Buffer, trackIndex: number, key: boolean): void {
    const packet = new RtpPacket();
    const sequences: number[] = [];
    const markers: boolean[] = [];
    let at = 0;
    while (at < chunk.length) {
      const end = at + INTERLEAVED_HEADER + chunk.readUInt16BE(at + 2);
      expect(chunk[at]).toBe(0x24);
      if (chunk[at + 1] === 2 * trackIndex + 1) {
        this.seen.push({ trackIndex, report: readRtcp(chunk, at + INTERLEAVED_HEADER, end).report! });
      } else {
        expect(chunk[at + 1]).toBe(2 * trackIndex);
        expect(packet.read(chunk, at + INTERLEAVED_HEADER, end)).toBe(true);
        sequences.push(packet.sequence);
        markers.push(packet.marker);
      }
      at = end;
    }
    const { timestamp, ssrc } = packet;
    if (sequences.length > 0) this.seen.push({ trackIndex, key, sequences, markers, timestamp, ssrc });
    this.onPackets?.();
  }

  end(): void {
    this.ended++;
  }
}

function rig(tracks: readonly Track[] = [VIDEO, AUDIO], seed = 1, hold = 0) {
  const clock = new FakeClock();
  const stream = new MediaStream({ stamp: () => undefined });
  const pool = new SlabPool();
  const push = stream.push.bind(stream);
  const writerOf = (track: Track) => new FrameWriter({ track, pool, clock, push });
  const writers = new Map(tracks.map((track) => [track.id, writerOf(track)]));
  stream.setTracks(tracks);
  let random = seed;
  const random32 = () => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return random;
  };
  const sender = new RtpSender(stream, { clock, random32, hold });
  const retrack = (...next: Track[]) => {
    for (const track of next) writers.set(track.id, writerOf(track));
    stream.setTracks(next);
  };
  /** A frame at media seconds. */
  const video = (at: number, key = false, size = 3000) => {
    const writer = writers.get(1)!;
    const nal = slice(key ? 'idr' : 'p', size);
    writer.begin();
    writer.nal(nal, 0, nal.length);
    writer.finish(Math.round(at * 90_000), Math.round(at * 90_000), key);
  };
  const audio = (at: number) => {
    const writer = writers.get(2)!;
    writer.begin();
    writer.append(Buffer.alloc(100, 1), 0, 100);
    writer.finish(Math.round(at * RATE), Math.round(at * RATE), true);
  };
  /** Plays until `to` seconds of media and of the clock; a key frame each second, 25 frames of each kind. */
  let at = 0;
  const play = (to: number) => {
    for (; at < to * 25; at++) {
      video(at / 25, at % 25 === 0);
      audio(at / 25 + 0.01);
      clock.advance(40);
    }
  };
  return { clock, stream, sender, video, audio, play, retrack };
}

const joined = async (sender: RtpSender, cached: boolean) => {
  const viewer = new Viewer();
  const join = sender.join(viewer, cached);
  await Promise.resolve();
  return { viewer, join };
};

const numbers = (seen: readonly Seen[]) => seen.flatMap(({ sequences }) => sequences);

/** 16-bit numbers that go on one by one. */
function expectGapless(sequences: readonly number[]): void {
  for (let i = 1; i < sequences.length; i++) expect(sequences[i]).toBe((sequences[i - 1]! + 1) & 0xffff);
}

describe('joining', () => {
  it('nothing comes before the caller has written its reply', async () => {
    const { sender, clock, play } = rig();
    play(1.5);
    const other = await joined(sender, true);
    const viewer = new Viewer();
    sender.join(viewer, true);
    clock.advance(5000);
    expect(other.viewer.reports).toHaveLength(4);
    expect(viewer.seen).toEqual([]);
    await Promise.resolve();
    expect(viewer.media).toHaveLength(2 * 13);
  });

  it('the cached frames come in order from the key frame on, then the report, then what all get', async () => {
    const { sender, play } = rig();
    play(1.52);
    const { viewer } = await joined(sender, true);
    const cached = viewer.seen.length;
    play(2.04);
    expect(
      viewer.seen.map((one) => ('report' in one ? 'r' : `${one.trackIndex}${one.key ? 'k' : ''}`)).join(' '),
    ).toBe(['0k 1k', ...Array(12).fill('0 1k'), 'r r', ...Array(12).fill('0 1k'), '0k 1k'].join(' '));
    expect(cached).toBe(2 * 13 + 2);
  });

  it('the shared packets continue the replay exactly, on each track, also over the wrap of 16 bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 60 }),
        async (seed, frames) => {
          const { sender, play } = rig([VIDEO, AUDIO], seed);
          play(frames / 25);
          const { viewer, join } = await joined(sender, true);
          play(frames / 25 + 1);
          const later = await joined(sender, true);
          play(frames / 25 + 2);
          for (const one of [{ viewer, join }, later]) {
            for (const { trackIndex, seq } of one.join.tracks) {
              const sequences = numbers(one.viewer.of(trackIndex));
              expect(sequences[0]).toBe(seq);
              expectGapless(sequences);
            }
          }
          for (const trackIndex of [0, 1]) {
            const [mine, theirs] = [viewer, later.viewer].map((one) => one.of(trackIndex).at(-1));
            expect(mine).toEqual(theirs);
          }
        },
      ),
      { seed: 12, numRuns: 60 },
    );
    const { sender, play } = rig([VIDEO, AUDIO], 4);
    const { viewer } = await joined(sender, true);
    play(1100);
    for (const trackIndex of [0, 1]) expectGapless(numbers(viewer.of(trackIndex)));
    expect(numbers(viewer.of(0)).lastIndexOf(0)).toBeGreaterThan(0);
  });

  it('without the cache begins with the next frame, at the number it was told', async () => {
    const { sender, play } = rig();
    play(1.5);
    const { viewer, join } = await joined(sender, false);
    expect(viewer.media).toEqual([]);
    play(1.6);
    expect(join.tracks.map(({ seq }) => seq)).toEqual(
      [0, 1].map((index) => viewer.of(index)[0]!.sequences[0]),
    );
  });

  it('frames that come before the reply was written follow the cached ones', async () => {
    const { sender, play } = rig();
    play(0.2);
    const viewer = new Viewer();
    sender.join(viewer, true);
    play(0.4);
    expect(viewer.seen).toEqual([]);
    await Promise.resolve();
    expect(viewer.of(0)).toHaveLength(10);
    expectGapless(numbers(viewer.of(0)));
    expect(viewer.reports).toHaveLength(2);
  });

  it('one that leaves at once, or while it is given the cached frames, gets no more', async () => {
    const { sender, stream, clock, play } = rig();
    play(0.4);
    const early = new Viewer();
    sender.join(early, true).leave();
    const viewer = new Viewer();
    const join = sender.join(viewer, true);
    viewer.onPackets = () => join.leave();
    await Promise.resolve();
    expect([early.seen.length, viewer.seen.length]).toEqual([0, 1]);
    expect([sender.viewerCount, stream.readerCount, clock.pending]).toEqual([0, 0, 0]);
  });

  it('costs nothing without viewers, as often as they come and go', async () => {
    const { sender, stream, clock, play } = rig();
    for (let i = 0; i < 5; i++) {
      play(i + 0.5);
      const [one, two] = [await joined(sender, true), await joined(sender, false)];
      play(i + 0.8);
      expect([sender.viewerCount, stream.readerCount, clock.pending]).toEqual([2, 1, 1]);
      expectGapless(numbers(one.viewer.of(0)));
      for (const { join } of [one, two, one]) join.leave();
      expect([sender.viewerCount, stream.readerCount, clock.pending]).toEqual([0, 0, 0]);
    }
  });
});

describe('frames that are given 200 ms at a time', () => {
  it('come as one chunk of each track; a key frame begins another', async () => {
    const { sender, play } = rig([VIDEO, AUDIO], 1, 0.2);
    const { viewer } = await joined(sender, true);
    play(2.1);
    // Five pictures each; the key frame of the second second falls on a border.
    expect(viewer.of(0).map(({ markers }) => markers.filter(Boolean).length)).toEqual(Array(10).fill(5));
    expect(viewer.of(0).map(({ key }) => key)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(viewer.of(1).map(({ sequences }) => sequences.length)).toEqual(Array(10).fill(5));
    for (const trackIndex of [0, 1]) expectGapless(numbers(viewer.of(trackIndex)));
  });

  it('do not keep a newcomer waiting, nor tear a hole for anybody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (frames) => {
        const { sender, play } = rig([VIDEO, AUDIO], 1, 0.2);
        const first = await joined(sender, true);
        play((frames - 0.5) / 25);
        const later = await joined(sender, true);
        const pictures = later.viewer.of(0).flatMap(({ markers }) => markers.filter(Boolean)).length;
        expect(pictures).toBe(((frames - 1) % 25) + 1);
        play(frames / 25 + 2);
        later.join.leave();
        play(frames / 25 + 3);
        for (const { viewer, join } of [first, later]) {
          for (const { trackIndex, seq } of join.tracks) {
            const sequences = numbers(viewer.of(trackIndex));
            expect(sequences[0]).toBe(seq);
            expectGapless(sequences);
          }
        }
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  it('end with the stream, and none is kept back', async () => {
    const { sender, stream, play } = rig([VIDEO, AUDIO], 1, 0.2);
    const { viewer } = await joined(sender, true);
    play(0.52);
    stream.end();
    expect(viewer.of(0).flatMap(({ markers }) => markers.filter(Boolean))).toHaveLength(13);
    expect(viewer.ended).toBe(1);
  });
});

describe('one clock for RTP-Info, RTP and RTCP', () => {
  /** Media seconds of an RTP time of a track, by RTP-Info. */
  const since = (time: number, rtptime: number, trackIndex: number) =>
    ((time - rtptime) | 0) / (trackIndex === 0 ? 90_000 : RATE);

  it('the report goes out with the cached frames and agrees with them', async () => {
    const { sender, clock, play } = rig();
    play(1.6);
    const { viewer, join } = await joined(sender, true);
    const [video, audio] = join.tracks;
    expect(since(viewer.of(0)[0]!.timestamp, video!.rtptime, 0)).toBeCloseTo(0, 4);
    expect(since(viewer.of(1)[0]!.timestamp, audio!.rtptime, 1)).toBeCloseTo(0.01, 4);
    for (const { trackIndex, report } of viewer.reports) {
      // The next picture is 0.6 s behind the key frame; sound comes 10 ms early.
      expect(report.ntp).toBeCloseTo(clock.utc() / 1000, 6);
      expect(since(report.timestamp, join.tracks[trackIndex]!.rtptime, trackIndex)).toBeCloseTo(0.61, 3);
      expect(report.ssrc).toBe(viewer.of(trackIndex)[0]!.ssrc);
    }
  });

  it('reports come every 5 s and never move one track against the other', async () => {
    const { sender, play } = rig();
    play(1);
    const { viewer, join } = await joined(sender, true);
    play(61);
    expect(viewer.reports).toHaveLength(2 * 13);
    for (let i = 0; i < viewer.reports.length; i += 2) {
      const [video, audio] = viewer.reports.slice(i, i + 2).map(({ trackIndex, report }) => {
        return since(report.timestamp, join.tracks[trackIndex]!.rtptime, trackIndex);
      });
      expect(video).toBeCloseTo(audio!, 3);
      expect(viewer.reports[i]!.report.ntp).toBe(viewer.reports[i + 1]!.report.ntp);
    }
  });

  it('without any frame yet the report follows the first one', async () => {
    const { sender, play } = rig();
    const { viewer, join } = await joined(sender, true);
    expect(viewer.seen).toEqual([]);
    play(0.2);
    expect(viewer.seen.slice(0, 3).map((one) => 'report' in one)).toEqual([false, true, true]);
    expect(viewer.reports).toHaveLength(2);
    expect(since(viewer.of(0)[0]!.timestamp, join.tracks[0]!.rtptime, 0)).toBe(0);
  });

  it('late frames do not move the reports, drift and a set clock do', async () => {
    const { sender, clock, video } = rig([VIDEO]);
    const { viewer, join } = await joined(sender, true);
    const began = clock.utc() / 1000;
    for (let i = 0; i < 25 * 60; i++) {
      // Media runs 200 ppm fast, every third frame is late by 30 ms.
      if (i % 3 === 0) clock.advance(30);
      video((i / 25) * 1.0002, i % 50 === 0, 100);
      clock.advance(i % 3 === 0 ? 10 : 40);
    }
    for (const { report } of viewer.reports.slice(1)) {
      const shown = since(report.timestamp, join.tracks[0]!.rtptime, 0);
      expect(Math.abs(shown - (report.ntp - began) * 1.0002)).toBeLessThan(0.01);
    }
    clock.stepUtc(3_600_000);
    const before = viewer.reports.length;
    video(60.1, true);
    clock.advance(5000);
    const { report } = viewer.reports[before]!;
    expect(Math.abs((report.timestamp - viewer.of(0).at(-1)!.timestamp) / 90_000)).toBeLessThan(5.1);
    expect(report.ntp).toBeCloseTo(clock.utc() / 1000, 0);
  });
});

describe('another format while viewers are there', () => {
  it('goes on in band when only the picture changes', async () => {
    const { sender, stream, play, retrack } = rig();
    play(1);
    const { viewer } = await joined(sender, true);
    const packetsOfKey = viewer.of(0)[0]!.sequences.length;
    const wide = picture(1280);
    retrack(wide, AUDIO);
    play(2.5);
    expect(viewer.ended).toBe(0);
    expect(sender.tracks[0]!.track).toBe(wide);
    expectGapless(numbers(viewer.of(0)));
    expect(
      viewer
        .of(0)
        .filter(({ key }) => key)
        .at(-1)!.sequences,
    ).toHaveLength(packetsOfKey);
    const later = await joined(sender, true);
    play(3);
    expect(later.viewer.of(0)[0]!.key).toBe(true);
    expectGapless(numbers(later.viewer.of(0)));
    expect(stream.readerCount).toBe(1);
  });

  it('goes on for whoever comes after it, though nobody watched meanwhile', async () => {
    const { sender, play, retrack } = rig();
    play(1);
    (await joined(sender, true)).join.leave();
    retrack(picture(1280), AUDIO);
    play(2.2);
    const { viewer } = await joined(sender, true);
    play(3);
    expect(viewer.of(0)[0]!.key).toBe(true);
    expect(viewer.of(0)).toHaveLength(25);
    expect(viewer.ended).toBe(0);
  });

  it.each([
    ['the sound changes', [VIDEO, { ...AUDIO, format: sound('1410') }]],
    ['a track is gone', [VIDEO]],
    ['the source is gone', []],
  ])('ends the viewers when %s, and those who come later', async (_name, tracks) => {
    const { sender, stream, clock, play, retrack } = rig();
    play(1);
    const { viewer } = await joined(sender, true);
    retrack(...tracks);
    expect(viewer.ended).toBe(1);
    expect([sender.viewerCount, stream.readerCount, clock.pending]).toEqual([0, 0, 0]);
    if (tracks.length === 0) return;
    const late = await joined(sender, true);
    expect([late.viewer.ended, late.viewer.seen.length]).toEqual([1, 0]);
    expect([sender.viewerCount, stream.readerCount, clock.pending]).toEqual([0, 0, 0]);
    late.join.leave();
  });

  it('the end of the stream is the end of every viewer, once', async () => {
    const { sender, stream, play, clock } = rig();
    play(1);
    const [one, two] = [await joined(sender, true), await joined(sender, false)];
    const joining = new Viewer();
    sender.join(joining, true);
    stream.end();
    stream.end();
    await Promise.resolve();
    expect([one, two].map(({ viewer }) => viewer.ended)).toEqual([1, 1]);
    expect([joining.ended, joining.seen.length]).toEqual([1, 0]);
    expect([sender.viewerCount, clock.pending]).toEqual([0, 0]);
  });
});
