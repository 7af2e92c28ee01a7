import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Av1Format, av1, isAv1, leb128, OBU, readLeb128, splitObus } from '../codecs/index.ts';
import { FlvFan, flvFraming, TAG } from '../flv/index.ts';
import { initSegment, openMp4, readFragments, stampFragment } from '../mp4/index.ts';
import { type Depacketizer, payloadOf } from '../rtp/index.ts';
import { frameOf, packetsOf } from '../rtp/payloads/testing/exchange.ts';
import { type Frame, FrameWriter, MediaStream, SlabPool, type Track } from '../stream/index.ts';
import { FakeClock } from '../testing/index.ts';
import { FlvToStream } from './to-stream.ts';

const payload = payloadOf(av1)!;

let folder: string;
/** What an encoder that is not ours made: two seconds of 25 temporal units, a key frame each second. */
let film: { format: Av1Format; units: { bytes: Buffer; key: boolean }[] };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-av1-'));
  const file = join(folder, 'film.mp4');
  const input = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=2', '-g', '25'];
  const codec = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-b:v', '400k'];
  execFileSync('ffmpeg', ['-v', 'error', ...input, ...codec, '-movflags', 'frag_keyframe+delay_moov', file]);
  const bytes = readFileSync(file);
  const port = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const mp4 = await openMp4(port);
  const { format } = mp4.tracks[0]!;
  if (!format || !isAv1(format)) throw new Error('no AV1');
  const units = [];
  for await (const { runs } of readFragments(port, mp4)) {
    for (const { offset, size, key } of runs[0]!.samples)
      units.push({ bytes: bytes.subarray(offset, offset + size), key });
  }
  film = { format, units };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A stream whose frames are kept as the fragments of a file. */
function recorded() {
  const pieces: Buffer[] = [];
  const keys: boolean[] = [];
  const stream = new MediaStream({ stamp: stampFragment });
  stream.attach(
    {
      onTracks: (tracks) => {
        if (tracks.length > 0) pieces.push(initSegment(tracks));
      },
      onFrame: ({ slab, start, end, key }: Frame) => {
        keys.push(key);
        pieces.push(Buffer.from(slab.buffer.subarray(start, end)));
      },
      onEnd: () => undefined,
    },
    false,
  );
  return { stream, pieces, keys };
}

/** Decodes with a program that is not ours: frames, and what it complains of. */
function decoded(pieces: readonly Buffer[]): { frames: number; complaints: string } {
  const args = ['-nostdin', '-v', 'error', '-xerror', '-progress', 'pipe:1', '-i', '-', '-f', 'null', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', args, { input: Buffer.concat(pieces) });
  const frames = [...stdout.toString().matchAll(/^frame=(\d+)/gm)].at(-1)?.[1];
  return { frames: Number(frames), complaints: stderr.toString() };
}

describe('AV1', () => {
  it('is described as its encoder describes it', () => {
    const { format } = film;
    expect(format).toMatchObject({
      width: 320,
      height: 240,
      codecString: 'av01.0.00M.08',
      clockRate: 90_000,
    });
    expect(av1.fmtp(format)).toBe('profile=0; level-idx=0; tier=0');
    expect((av1.formatFromRecord(format.record) as Av1Format).record).toEqual(format.record);
  });

  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [2 ** 21, '80808001'],
  ])('leb128 of %i is %s', (value, hex) => {
    const bytes = Buffer.from(leb128(value));
    expect(bytes.toString('hex')).toBe(hex);
    expect(readLeb128(bytes, 0, bytes.length)).toEqual({ value, end: bytes.length });
  });

  it.each([1400, 300, 40])('goes through RTP in payloads of %i bytes, its format in band', (mtu) => {
    const packetizer = payload.packetizer(film.format, mtu);
    const packets = film.units.flatMap(({ bytes, key }, at) =>
      packetsOf(packetizer, frameOf(film.format, withHeader(bytes, key), at * 3600, key)),
    );
    expect(Math.max(...packets.map(({ payload }) => payload.length))).toBeLessThanOrEqual(mtu);
    const { stream, pieces, keys } = recorded();
    const depacketizer = receiver(stream);
    for (const { payload, marker, timestamp } of packets) {
      depacketizer.packet(payload, 0, payload.length, marker, timestamp, false);
    }
    expect(keys).toHaveLength(50);
    expect(keys.filter(Boolean)).toHaveLength(2);
    expect(depacketizer.dropped).toBe(0);
    expect(decoded(pieces)).toEqual({ frames: 50, complaints: '' });
  });

  it('several units in one packet, with sizes and without, and one over many', () => {
    const [first] = film.units;
    const units = splitObus(withHeader(first!.bytes, true), 0, withHeader(first!.bytes, true).length)!;
    const all = withHeader(first!.bytes, true);
    const plain = units.map(({ start, payload, end }) =>
      Buffer.concat([Buffer.from([all[start]! & ~2]), all.subarray(payload, end)]),
    );
    const [header, frame] = plain as [Buffer, Buffer];
    const sized = (unit: Buffer) => Buffer.concat([Buffer.from(leb128(unit.length)), unit]);
    const half = frame.length >> 1;
    const delimiter = Buffer.from([OBU.temporalDelimiter << 3]);
    const ways: Buffer[][] = [
      [Buffer.concat([Buffer.from([0x08]), sized(header), sized(frame)])],
      [Buffer.concat([Buffer.from([0x28]), sized(header), frame])],
      [Buffer.concat([Buffer.from([0x38]), sized(delimiter), sized(header), frame])],
      [
        Buffer.concat([Buffer.from([0x48]), sized(header), sized(frame.subarray(0, half))]),
        Buffer.concat([Buffer.from([0x80]), sized(frame.subarray(half))]),
      ],
    ];
    for (const payloads of ways) {
      const { stream, keys } = recorded();
      const depacketizer = receiver(stream);
      for (const [at, bytes] of payloads.entries()) {
        depacketizer.packet(bytes, 0, bytes.length, at === payloads.length - 1, 1, false);
      }
      expect([keys, depacketizer.dropped]).toEqual([[true], 0]);
    }
  });

  it('a lost packet costs its temporal unit alone', () => {
    const packetizer = payload.packetizer(film.format, 300);
    const { stream, keys } = recorded();
    const depacketizer = receiver(stream);
    let lost = false;
    film.units.forEach(({ bytes, key }, at) => {
      const packets = packetsOf(packetizer, frameOf(film.format, withHeader(bytes, key), at * 3600, key));
      packets.forEach(({ payload, marker, timestamp }, index) => {
        const gone = at === 30 && index === packets.length - 1;
        if (!gone) depacketizer.packet(payload, 0, payload.length, marker, timestamp, lost);
        lost = gone;
      });
    });
    expect(keys.length).toBeGreaterThanOrEqual(48);
    expect(depacketizer.dropped).toBeGreaterThan(0);
  });

  it('goes through Enhanced RTMP, its record first', () => {
    const track: Track = { id: 1, kind: 'video', format: film.format };
    const source = new MediaStream({ stamp: () => undefined });
    const { stream, pieces, keys } = recorded();
    const clock = new FakeClock();
    const pool = new SlabPool();
    const nothing = (): void => undefined;
    const ingest = new FlvToStream({ stream, pool, clock, zero: 0, onReady: nothing, onLive: nothing });
    const take = (tag: Buffer): void => {
      const time = tag.readUIntBE(4, 3);
      if (tag[0] === TAG.video) ingest.tag(TAG.video, time, tag, 11, tag.length - 4);
    };
    source.setTracks([track]);
    const leave = new FlvFan({ stream: source, framing: flvFraming }).join({
      onHeaders: (messages) => messages.forEach(take),
      onBacklog: (messages) => messages.forEach(take),
      onMessage: take,
      onEnd: nothing,
    });
    const writer = new FrameWriter({ track, pool, clock, push: (frame) => source.push(frame) });
    film.units.forEach(({ bytes, key }, at) => {
      clock.advance(40);
      writer.begin();
      writer.append(bytes, 0, bytes.length);
      writer.finish(at * 3600, at * 3600, key);
    });
    leave();
    writer.close();
    source.end();
    ingest.close();
    expect(keys).toHaveLength(50);
    expect(decoded(pieces)).toEqual({ frames: 50, complaints: '' });
  });
});

/** Encoders leave the sequence header out of samples; cameras send it before every key frame. */
const withHeader = (bytes: Buffer, key: boolean): Buffer => {
  const has = splitObus(bytes, 0, bytes.length)!.some(({ type }) => type === OBU.sequenceHeader);
  return key && !has ? Buffer.concat([film.format.sequenceHeader, bytes]) : bytes;
};

function receiver(stream: MediaStream): Depacketizer {
  const pool = new SlabPool();
  const clock = new FakeClock();
  return payload.depacketizer({
    format: undefined,
    fmtp: new Map(),
    ticks: (timestamp) => timestamp,
    open: (format) => {
      const track: Track = { id: 1, kind: 'video', format };
      stream.setTracks([track]);
      return new FrameWriter({ track, pool, clock, push: (frame) => stream.push(frame) });
    },
  });
}
