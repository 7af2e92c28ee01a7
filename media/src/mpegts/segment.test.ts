import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { aacFormat, h264Format, parseAudioConfig } from '../codecs/index.ts';
import { type TsSample, tsSegment } from './index.ts';

const SPS = Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce0fc8', 'hex');
const format = h264Format([SPS], [PPS]);
const sound = aacFormat(parseAudioConfig(Buffer.from('1408', 'hex')));

const nal = (type: number, size: number): Buffer => {
  const unit = Buffer.alloc(4 + size, 0x55);
  unit.writeUInt32BE(size);
  unit[4] = type;
  return unit;
};

/** Two seconds of pictures of 25 frames/s and sound, from `start` seconds on. */
function tracks(start: number): { video: TsSample[]; audio: TsSample[] } {
  const video = Array.from({ length: 50 }, (_, i) => {
    const dts = Math.round((start + i / 25) * 90_000);
    const key = i % 25 === 0;
    return { dts, pts: dts + (i % 2) * 3600, key, data: nal(key ? 0x65 : 0x41, 200 + i * 40) };
  });
  const audio = Array.from({ length: 31 }, (_, i) => {
    const dts = Math.round(start * 16_000) + i * 1024;
    return { dts, pts: dts, key: true, data: Buffer.alloc(90 + i, i) };
  });
  return { video, audio };
}

interface Unit {
  readonly pid: number;
  readonly payload: Buffer;
}

/** The units of a transport stream, its packets checked one by one. */
function unitsOf(segment: Buffer): Unit[] {
  expect(segment.length % 188).toBe(0);
  const counters = new Map<number, number>();
  const units: { pid: number; parts: Buffer[] }[] = [];
  for (let at = 0; at < segment.length; at += 188) {
    const packet = segment.subarray(at, at + 188);
    expect(packet[0]).toBe(0x47);
    const pid = ((packet[1]! & 0x1f) << 8) | packet[2]!;
    const counter = packet[3]! & 0xf;
    expect(counter).toBe(((counters.get(pid) ?? -1) + 1) & 0xf);
    counters.set(pid, counter);
    const start = (packet[3]! & 0x20) !== 0 ? 5 + packet[4]! : 4;
    const payload = packet.subarray(start);
    if ((packet[1]! & 0x40) !== 0) units.push({ pid, parts: [payload] });
    else units.findLast((unit) => unit.pid === pid)!.parts.push(payload);
  }
  return units.map(({ pid, parts }) => ({ pid, payload: Buffer.concat(parts) }));
}

const stampAt = (pes: Buffer, at: number): number =>
  ((pes[at]! >> 1) & 7) * 2 ** 30 +
  (pes[at + 1]! << 22) +
  ((pes[at + 2]! >> 1) << 15) +
  (pes[at + 3]! << 7) +
  (pes[at + 4]! >> 1);

it('begins with its tables, and holds every picture and sound with its times', () => {
  const { video, audio } = tracks(100);
  const segment = tsSegment({ video: { format, samples: video }, audio: { format: sound, samples: audio } });
  const units = unitsOf(segment);
  expect(units.slice(0, 2).map(({ pid }) => pid)).toEqual([0, 0x1000]);
  const pictures = units.filter(({ pid }) => pid === 0x100);
  expect(pictures).toHaveLength(50);
  for (const [i, { payload }] of pictures.entries()) {
    expect(payload.readUInt32BE(0)).toBe(0x1e0);
    expect(stampAt(payload, 9)).toBe(video[i]!.pts + 9000);
    if (video[i]!.pts !== video[i]!.dts) expect(stampAt(payload, 14)).toBe(video[i]!.dts + 9000);
    expect(payload.includes(SPS)).toBe(video[i]!.key);
    expect(payload.includes(video[i]!.data.subarray(4))).toBe(true);
  }
  const adts = Buffer.concat(
    units.filter(({ pid }) => pid === 0x101).map(({ payload }) => payload.subarray(14)),
  );
  expect(adts.length).toBe(audio.reduce((sum, { data }) => sum + data.length + 7, 0));
});

it('keeps its times within 33 bits', () => {
  const { video } = tracks(2 ** 33 / 90_000 - 1);
  const pictures = unitsOf(tsSegment({ video: { format, samples: video } })).filter(
    ({ pid }) => pid === 0x100,
  );
  const times = pictures.map(({ payload }) => stampAt(payload, 9));
  expect(Math.max(...times)).toBeLessThan(2 ** 33);
});

it('is what ffprobe takes for H.264 and AAC', () => {
  const { video, audio } = tracks(5);
  const segment = tsSegment({ video: { format, samples: video }, audio: { format: sound, samples: audio } });
  const args = ['-v', 'quiet', '-f', 'mpegts', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', '-'];
  const names = execFileSync('ffprobe', args, { input: segment }).toString().trim().split(/\s+/);
  expect(new Set(names)).toEqual(new Set(['h264', 'aac']));
});

it('ends a picture whose lengths are wrong where they are', () => {
  const data = Buffer.concat([nal(0x65, 20), Buffer.from([0, 0, 1, 0, 1, 2])]);
  const samples = [{ dts: 0, pts: 0, key: true, data }];
  const [, , picture] = unitsOf(tsSegment({ video: { format, samples } }));
  expect(picture?.payload.subarray(-20)).toEqual(data.subarray(4, 24));
});
