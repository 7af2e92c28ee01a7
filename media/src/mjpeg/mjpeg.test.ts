import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Frame, MediaStream, SlabPool } from '../stream/index.ts';
import { fuzz } from '../testing/fuzz/index.ts';
import { FakeClock } from '../testing/index.ts';
import { JpegSplitter } from './splitter.ts';
import { MjpegToStream } from './to-stream.ts';

const testdata = new URL('../../testdata/codecs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const [q30, restart] = [read('q30.jpg'), read('restart.jpg')];
const EOI = Buffer.from([0xff, 0xd9]);

/** A picture with a thumbnail inside, which is a picture too. */
function withThumbnail(picture: Buffer): Buffer {
  const thumbnail = q30.subarray(0, 4000);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  const body = Buffer.concat([Buffer.from('Exif\0\0'), thumbnail, EOI]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([picture.subarray(0, 2), head, body, picture.subarray(2)]);
}

const parts = (pictures: readonly Buffer[], head: (picture: Buffer) => string, tail = '\r\n') =>
  Buffer.concat(
    pictures.flatMap((picture) => [Buffer.from(head(picture), 'latin1'), picture, Buffer.from(tail)]),
  );
const decent = (boundary: string) => (picture: Buffer) =>
  `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;

/** Pictures found in bytes that come `size` at a time, and how many were given up. */
function found(bytes: Buffer, size = bytes.length) {
  const pictures: Buffer[] = [];
  const sizes = new Set<string>();
  const splitter = new JpegSplitter((b, end, width, height) => {
    pictures.push(Buffer.from(b.subarray(0, end)));
    sizes.add(`${width}x${height}`);
  });
  for (let at = 0; at < bytes.length; at += size) splitter.read(bytes.subarray(at, at + size));
  return { pictures, sizes: [...sizes], dropped: splitter.dropped };
}

describe('the pictures of a multipart answer', () => {
  const three = [q30, restart, withThumbnail(q30)];

  it.each<[string, Buffer]>([
    ['as it should be', parts(three, decent('frame'))],
    ['quirk 48: dashes in the boundary itself', parts(three, decent('--myboundary'))],
    [
      'quirk 48: LF alone, and no blank line at the end',
      parts(three, () => '--b\nContent-Type: image/jpeg\n\n', ''),
    ],
    ['quirk 48: no lengths', parts(three, () => '--b\r\nContent-Type: image/jpeg\r\n\r\n')],
    ['quirk 48: wrong lengths', parts(three, () => '--b\r\nContent-Length: 7\r\n\r\n')],
    ['quirk 48: no boundary at all', Buffer.concat(three)],
    ['quirk 48: garbage in front and between', parts(three, () => '\xff\xd8\0garbage\xff\xff')],
  ])('%s', (_name, bytes) => {
    for (const size of [bytes.length, 1460, 7, 1]) expect(found(bytes, size).pictures).toEqual(three);
    expect(found(bytes).sizes).toEqual(['160x120']);
  });

  it('quirk 48: pictures without their end are ended before the next part', () => {
    const cut = q30.subarray(0, q30.lastIndexOf(EOI));
    const bytes = parts([cut, cut, q30], decent('b'));
    for (const size of [bytes.length, 1000, 3]) expect(found(bytes, size).pictures).toEqual([q30, q30, q30]);
  });

  it('one that is broken or never ends is given up, and the next one comes', () => {
    const broken = Buffer.from(q30);
    broken.writeUInt16BE(1, 4);
    expect(found(Buffer.concat([broken, q30]))).toMatchObject({ pictures: [q30], dropped: 1 });
    const splitter = new JpegSplitter(() => undefined);
    const scan = q30.subarray(0, q30.length - 2);
    splitter.read(scan);
    for (let sent = 0; sent < 9; sent++) splitter.read(Buffer.alloc(1024 * 1024, 1));
    expect(splitter.dropped).toBe(1);
  });

  it('whatever comes throws nothing and keeps nothing', () => {
    const report = fuzz({
      examples: [parts([restart.subarray(0, 3000)], decent('b')), q30.subarray(0, 3500)],
      pieces: [
        EOI,
        Buffer.from([0xff, 0xd8, 0xff]),
        Buffer.from([0xff, 0xda, 0, 3]),
        Buffer.from('\r\n--b\r\n'),
      ],
      isTyped: () => false,
      take: (input) => void found(input, 500),
    });
    expect(report).toMatchObject({ broken: [], slow: [] });
    expect(report.grown).toBeLessThan(32 * 1024 * 1024);
  }, 300_000);
});

describe('a stream of pictures', () => {
  function opened() {
    const clock = new FakeClock();
    const stream = new MediaStream({ stamp: () => undefined });
    const frames: { pts: number; key: boolean; size: number }[] = [];
    const tracks: string[] = [];
    stream.attach(
      {
        onTracks: (all) => void tracks.push(all.map(({ format }) => format.codecString).join()),
        onFrame: ({ pts, key, end, payload }: Frame) => void frames.push({ pts, key, size: end - payload }),
        onEnd: () => undefined,
      },
      false,
    );
    const told: string[] = [];
    const ingest = new MjpegToStream({
      stream,
      pool: new SlabPool(),
      clock,
      zero: 0,
      onReady: () => void told.push('ready'),
      onLive: () => void told.push('live'),
    });
    return { clock, stream, frames, tracks, told, ingest };
  }

  it('has the times at which they came, rising also in a burst', () => {
    const { clock, frames, told, ingest } = opened();
    clock.advance(1000);
    ingest.read(q30);
    clock.advance(40);
    ingest.read(Buffer.concat([q30, q30]));
    expect(frames.map(({ pts, key, size }) => [pts, key, size])).toEqual([
      [90_000, true, q30.length],
      [93_600, true, q30.length],
      [93_601, true, q30.length],
    ]);
    expect(told).toEqual(['ready', 'live']);
    expect(ingest.counters).toEqual({ bytes: 3 * q30.length, packets: 3, lost: 0, dropped: 0 });
    expect(ingest.trouble).toBeUndefined();
  });

  it('goes on behind the session before it, and has no tracks between them', () => {
    const { clock, stream, frames, tracks, ingest } = opened();
    ingest.read(q30);
    ingest.read(q30);
    ingest.close();
    ingest.close();
    ingest.read(q30);
    expect([frames.length, tracks]).toEqual([2, ['mp4v.6C', '']]);
    const facts = { stream, pool: new SlabPool(), clock, zero: 0 };
    const next = new MjpegToStream({ ...facts, onReady: () => undefined, onLive: () => undefined });
    next.read(q30);
    expect(frames[2]!.pts).toBeGreaterThan(frames[1]!.pts);
    next.close();
  });

  it('begins another format with another size, and drops what has none', () => {
    const { frames, tracks, ingest } = opened();
    const wide = Buffer.from(q30);
    const frameHeader = wide.indexOf(Buffer.from([0xff, 0xc0]));
    wide.writeUInt16BE(320, frameHeader + 7);
    const none = Buffer.from(q30);
    none.writeUInt16BE(0, frameHeader + 7);
    ingest.read(Buffer.concat([q30, wide, none, wide]));
    expect([frames.length, tracks.length, ingest.counters.dropped]).toEqual([3, 2, 1]);
  });

  it('says so when no pictures come', () => {
    const { ingest } = opened();
    ingest.read(Buffer.from('<html>no camera</html>'));
    expect(ingest.trouble).toBe('no JPEG in what comes');
  });
});
