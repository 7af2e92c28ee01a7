import { setImmediate } from 'node:timers/promises';
import { readFragments } from '@nightjar/media/mp4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../testing/index.ts';
import { readDescription } from './description.ts';
import { bytesPort, systemError } from './testing/memory-storage.ts';
import { Recording } from './testing/recording.ts';

const UTC = Date.UTC(2026, 0, 2, 3, 4, 0);

describe('segments', () => {
  it('begin at the first key frame past a multiple of their duration', async () => {
    const recording = new Recording({ utc: UTC + 1_300, segmentDuration: 4 });
    recording.recorder.start();
    await recording.play(11.5, { gop: 25 });
    await recording.end();
    expect(recording.names()).toEqual([
      '2026-01-02_03-04-01.mp4',
      '2026-01-02_03-04-04.mp4',
      '2026-01-02_03-04-08.mp4',
      '2026-01-02_03-04-12.mp4',
    ]);
    const closed = recording.of('segment.closed').map(({ start, end, duration, reason }) => {
      return [start.slice(17, 23), end.slice(17, 23), Math.round(duration * 1e5) / 1e5, reason];
    });
    expect(closed).toEqual([
      ['01.300', '04.300', 3, 'rotated'],
      ['04.300', '08.300', 4, 'rotated'],
      ['08.300', '12.300', 4, 'rotated'],
      ['12.300', '12.820', 0.52, 'stopped'],
    ]);
    expect(recording.broken).toEqual([]);
  });

  it('bear a label once, and the next one when it is another', async () => {
    const recording = new Recording({ utc: UTC, segmentDuration: 2 });
    recording.label = 'party.mp4';
    recording.recorder.start();
    await recording.play(3.5, { gop: 25 });
    recording.label = 'after.mp4';
    await recording.play(3.5, { gop: 25 });
    recording.label = undefined;
    await recording.play(1, { gop: 25 });
    await recording.end();
    expect(recording.names()).toEqual([
      '2026-01-02_03-04-00__party.mp4',
      '2026-01-02_03-04-02.mp4',
      '2026-01-02_03-04-04__after.mp4',
      '2026-01-02_03-04-06.mp4',
    ]);
    expect(recording.of('segment.opened').map(({ filename }) => filename)).toEqual(recording.names());
  });

  it('bear a label on the first file that could be made', async () => {
    const recording = new Recording();
    recording.label = 'party.mp4';
    recording.storage.fault = ({ kind }) => {
      if (kind === 'create') throw systemError('EMFILE');
    };
    recording.recorder.start();
    await recording.play(2);
    recording.storage.fault = () => undefined;
    await recording.play(8);
    await recording.end();
    expect(recording.names()).toEqual(['2026-01-02_03-04-07__party.mp4']);
  });

  it('wait for a key frame however long a GOP is', async () => {
    const recording = new Recording({ segmentDuration: 2 });
    recording.recorder.start();
    await recording.play(12, { gop: 125 });
    await recording.end();
    expect(recording.names().map((name) => name.slice(17, 19))).toEqual(['00', '05', '10']);
  });

  it('are whole files that describe themselves and end with the index of their key frames', async () => {
    const recording = new Recording({
      tracks: [videoTrack(), audioTrack()],
      utc: UTC + 250,
      segmentDuration: 5,
    });
    recording.recorder.start();
    await recording.play(9, { gop: 50 });
    await recording.end();
    for (const [at, name] of recording.names().entries()) {
      const scan = await recording.scan(name);
      const closed = recording.of('segment.closed')[at]!;
      expect(closed.bytes).toBe(recording.bytes(name).length);
      expect(scan.closed).toBe(true);
      expect(scan.tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
      const [picture, sound] = [1, 2].map((id) => scan.spans.find((span) => span.trackId === id)!);
      expect(picture!.first).toBe(0);
      expect(picture!.last / 90_000).toBeCloseTo(closed.duration, 5);
      expect(scan.index).toEqual([{ trackId: 1, points: picture!.points }]);
      expect(picture!.points.map(({ time }) => time / 90_000)).toEqual(
        [0, 2, 4].filter((s) => s < closed.duration),
      );
      expect(sound!.samples).toBeGreaterThan(closed.duration * 15);
      const about = readDescription(scan.description!)!;
      expect(about).toEqual({
        streamId: 'cam',
        utc: Date.parse(closed.start),
        streamTime: at * 6,
        trackId: 1,
      });
      for (const { utc, mediaTime } of scan.referenceTimes) {
        expect(utc).toBeCloseTo(about.utc + mediaTime / 90, 1);
      }
    }
  });

  it('hold every picture of the stream once, byte for byte', async () => {
    const recording = new Recording({ segmentDuration: 3 });
    const sent: Buffer[] = [];
    recording.source.stream.attach(
      {
        onTracks: () => undefined,
        onFrame: ({ slab, payload, end }) => sent.push(Buffer.from(slab.buffer.subarray(payload, end))),
        onEnd: () => undefined,
      },
      false,
    );
    recording.recorder.start();
    await recording.play(10, { bytes: 30_000 });
    await recording.end();
    const found: Buffer[] = [];
    for (const name of recording.names()) {
      const bytes = recording.bytes(name);
      for await (const { runs } of readFragments(bytesPort(bytes), await recording.scan(name)))
        for (const { offset, size } of runs.flatMap(({ samples }) => samples))
          found.push(bytes.subarray(offset, offset + size));
    }
    expect(found.length).toBe(250);
    expect(Buffer.concat(found).equals(Buffer.concat(sent))).toBe(true);
  });

  it('index the presentation of a key frame, which B-frames put behind its decoding', async () => {
    const recording = new Recording();
    const { video } = recording.source;
    recording.recorder.start();
    for (let i = 0; i < 50; i++) {
      recording.source.clock.advance(40);
      recording.source.frame(video!, i / 25, { key: i % 25 === 0, pts: (i + 2) / 25 });
    }
    await recording.end();
    const scan = await recording.scan(recording.names()[0]!);
    expect(scan.index).toEqual([{ trackId: 1, points: scan.spans[0]!.points }]);
    expect(scan.index![0]!.points.map(({ time }) => time)).toEqual([7_200, 97_200]);
  });
});

describe('parts', () => {
  it('are of a second, and the last is written when recording stops', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(3.48);
    expect(recording.of('segment.grown').map(({ duration }) => duration)).toEqual([1, 2, 3]);
    await recording.end();
    expect(recording.of('segment.grown').at(-1)!.duration).toBeCloseTo(3.48, 5);
    expect(recording.story()).toEqual([
      'waiting',
      'opened 2026-01-02_03-04-00.mp4',
      'recording',
      'closed 2026-01-02_03-04-00.mp4 stopped',
      'stopped',
    ]);
    expect(recording.source.pool.held).toBe(0);
  });

  it('end early at 16 MiB', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(1, { bytes: 4 * 1024 * 1024 });
    await recording.end();
    const sizes = recording.of('segment.grown').map(({ bytes }) => bytes);
    const parts = sizes.map((bytes, at) => bytes - (sizes[at - 1] ?? 0));
    expect(parts.length).toBe(7);
    expect(Math.max(...parts)).toBeLessThan(17 * 1024 * 1024);
    expect((await recording.scan(recording.names()[0]!)).fragments).toBe(25);
    expect(recording.source.pool.held).toBe(0);
  });

  it('begin with the GOP cache, before the order to record', async () => {
    const recording = new Recording({ utc: UTC });
    await recording.play(2.6, { gop: 50 });
    recording.recorder.start();
    await recording.play(1, { gop: 50 });
    await recording.end();
    expect(recording.of('segment.opened')[0]!.start).toBe('2026-01-02T03:04:02.000Z');
  });
});

describe('sound', () => {
  it('before the first picture is left out, and nothing is opened for it', async () => {
    const recording = new Recording({ tracks: [videoTrack(), audioTrack()] });
    const { video, audio } = recording.source;
    recording.recorder.start();
    for (let i = 0; i < 20; i++) recording.source.frame(audio!, i * 0.064);
    recording.source.frame(video!, 0.5, { key: false });
    expect(recording.storage.operations).toEqual([]);
    recording.source.frame(video!, 1, { key: true });
    recording.source.frame(audio!, 0.9);
    recording.source.frame(audio!, 1.1);
    await recording.end();
    const { spans } = await recording.scan(recording.names()[0]!);
    expect(spans.map(({ trackId, samples, first }) => [trackId, samples, first])).toEqual([
      [1, 1, 0],
      [2, 1, 1_600],
    ]);
  });

  it.each([0, 0.02, 0.1, 0.3, 0.45])(
    'that comes %d s late is whole over the switch of segments',
    async (soundDelay) => {
      const recording = new Recording({ tracks: [videoTrack(), audioTrack()], segmentDuration: 2 });
      recording.recorder.start();
      await recording.play(12, { soundDelay });
      await recording.end();
      const seconds: number[] = [];
      for (const name of recording.names()) {
        const file = await recording.scan(name);
        const { streamTime } = readDescription(file.description!)!;
        for await (const { runs } of readFragments(bytesPort(recording.bytes(name)), file))
          for (const { trackId, dts } of runs) if (trackId === 2) seconds.push(streamTime + dts / 16_000);
      }
      expect(recording.names().length).toBe(6);
      expect(seconds).toEqual(
        Array.from({ length: seconds.length }, (_, at) => expect.closeTo(at * 0.064, 6)),
      );
      expect(seconds.length).toBeGreaterThanOrEqual(Math.floor((12 - soundDelay) / 0.064));
      const reasons = recording.of('segment.closed').map(({ reason }) => reason);
      expect(reasons).toEqual(['rotated', 'rotated', 'rotated', 'rotated', 'rotated', 'stopped']);
      expect(recording.broken).toEqual([]);
      expect(recording.source.pool.held).toBe(0);
    },
  );

  it('that never comes again holds no segment up for more than half a second', async () => {
    const recording = new Recording({ tracks: [videoTrack(), audioTrack()], segmentDuration: 2 });
    recording.recorder.start();
    await recording.play(6.6, { soundDelay: 3_600 });
    expect(recording.of('segment.closed').length).toBe(3);
    await recording.play(1.5, { soundDelay: 3_600 });
    recording.source.lose();
    await recording.end();
    expect(recording.of('segment.closed').map(({ duration }) => Math.round(duration * 100) / 100)).toEqual([
      2, 2, 2, 2, 0.12,
    ]);
    expect(recording.source.pool.held).toBe(0);
  });

  it('alone is recorded as well', async () => {
    const recording = new Recording({ tracks: [audioTrack()], segmentDuration: 4 });
    recording.recorder.start();
    await recording.play(10);
    await recording.end();
    expect(recording.names().length).toBe(3);
    const scan = await recording.scan(recording.names()[0]!);
    expect(scan.spans).toMatchObject([{ trackId: 2, first: 0, samples: 63 }]);
    expect(scan.index).toEqual([{ trackId: 2, points: scan.spans[0]!.points }]);
  });
});

describe('a source', () => {
  it('that goes ends the file, one that returns begins another', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(2.5);
    recording.source.lose();
    await recording.play(3);
    recording.source.setTracks([videoTrack()]);
    await recording.play(2);
    await recording.end();
    expect(recording.story()).toEqual([
      'waiting',
      'opened 2026-01-02_03-04-00.mp4',
      'recording',
      'waiting',
      'closed 2026-01-02_03-04-00.mp4 source_lost',
      'opened 2026-01-02_03-04-05.mp4',
      'recording',
      'closed 2026-01-02_03-04-05.mp4 stopped',
      'stopped',
    ]);
    expect(recording.source.pool.held).toBe(0);
  });

  it('that goes before the first part is on disk leaves no false word of recording', async () => {
    const recording = new Recording();
    recording.recorder.start();
    recording.source.play(0.5);
    recording.source.lose();
    await recording.play(1);
    expect(recording.story()).toEqual([
      'waiting',
      'opened 2026-01-02_03-04-00.mp4',
      'closed 2026-01-02_03-04-00.mp4 source_lost',
    ]);
  });

  it('that changes its format goes on in another file, which has the new init segment', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(2);
    recording.source.setTracks([videoTrack(1)]);
    await recording.play(2);
    await recording.end();
    const [before, after] = recording.names();
    expect(recording.of('segment.closed').map(({ reason }) => reason)).toEqual(['format_changed', 'stopped']);
    expect(recording.bytes(before!).includes(Buffer.from('68ce0fc8', 'hex'))).toBe(true);
    expect(recording.bytes(after!).includes(Buffer.from('68ce3c80', 'hex'))).toBe(true);
    expect(recording.bytes(after!).includes(Buffer.from('68ce0fc8', 'hex'))).toBe(false);
  });
});

describe('names', () => {
  it('of files that begin in the same second differ', async () => {
    const recording = new Recording();
    recording.recorder.start();
    for (let i = 0; i < 3; i++) {
      await recording.play(0.2);
      recording.source.setTracks([videoTrack(i % 2)]);
    }
    await recording.end();
    expect(recording.names()).toEqual([
      '2026-01-02_03-04-00.mp4',
      '2026-01-02_03-04-00_1.mp4',
      '2026-01-02_03-04-00_2.mp4',
    ]);
    expect(recording.broken).toEqual([]);
  });

  it('quirk 57: never take the place of a file when the clock is set back', async () => {
    const recording = new Recording({ segmentDuration: 2 });
    recording.recorder.start();
    await recording.play(5);
    const before = new Map(recording.names().map((name) => [name, Buffer.from(recording.bytes(name))]));
    recording.source.clock.stepUtc(-5_000);
    await recording.play(5);
    await recording.end();
    expect(recording.names()).toEqual([
      '2026-01-02_03-04-00.mp4',
      '2026-01-02_03-04-00_1.mp4',
      '2026-01-02_03-04-02.mp4',
      '2026-01-02_03-04-02_1.mp4',
      '2026-01-02_03-04-04.mp4',
      '2026-01-02_03-04-04_1.mp4',
    ]);
    for (const [name, bytes] of before)
      expect(recording.bytes(name).subarray(0, bytes.length).equals(bytes)).toBe(true);
    for (const name of recording.names()) expect((await recording.scan(name)).closed).toBe(true);
    expect(recording.broken).toEqual([]);
  });

  it('quirk 57: follow the clock when it is set forward', async () => {
    const recording = new Recording({ segmentDuration: 60 });
    recording.recorder.start();
    await recording.play(2);
    recording.source.clock.stepUtc(86_400_000);
    await recording.play(2);
    await recording.end();
    expect(recording.names()).toEqual(['2026-01-02_03-04-00.mp4', '2026-01-03_03-04-02.mp4']);
  });
});

describe('an inventory beside a recorder', () => {
  it('never tells more than is safe, nor that a closed file grows, and misses none', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 });
    const moments = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(delays, moments, async (slow, when) => {
        const recording = new Recording({ segmentDuration: 2 });
        let turn = 0;
        recording.storage.fault = async () => {
          for (let left = slow[turn++ % slow.length]!; left > 0; left--) await setImmediate();
        };
        recording.recorder.start();
        const inventories: Promise<void>[] = [];
        for (let step = 0; step < 30; step++) {
          await recording.play(0.5);
          if (when.includes(step)) inventories.push(recording.inventory());
        }
        await Promise.all(inventories);
        await recording.end();
        expect(recording.broken).toEqual([]);
        recording.heard.clear();
        await recording.inventory();
        expect([...recording.heard].sort()).toEqual(recording.names());
      }),
      { numRuns: 60 },
    );
  });

  it('tells the growing file as it was told last', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(2.5);
    expect(recording.recorder.writing).toEqual(new Set(recording.names()));
    const told = recording.facts.at(-1);
    await recording.inventory();
    expect(recording.facts.at(-1)).toEqual(told);
    await recording.end();
    expect(recording.recorder.writing.size).toBe(0);
  });
});

describe('a recorder', () => {
  it('can be stopped twice and started again', async () => {
    const recording = new Recording();
    recording.recorder.start();
    recording.recorder.start();
    await recording.play(1.5);
    await Promise.all([recording.recorder.stop('stopped'), recording.recorder.stop('stopped')]);
    expect(recording.source.stream.readerCount).toBe(0);
    recording.recorder.start();
    await recording.play(1.5);
    await recording.end();
    expect(recording.of('segment.closed').length).toBe(2);
    expect(recording.storage.openFiles).toBe(0);
    expect(recording.source.pool.held).toBe(0);
  });
});
