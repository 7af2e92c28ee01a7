import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAac, isH264, NAL, nalType, sliceTypeIsB } from '../../codecs/index.ts';
import { CLIPS, loadClip, readAdts, readH264 } from './clip.ts';

async function folder(files: Record<string, Buffer>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'clip-'));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
  return path;
}

describe.each(CLIPS)('clip %s', (name) => {
  it('is a minute of video at 25 frames/s and 8 s of sound', async () => {
    const { video, audio } = await loadClip(name);
    expect(video.frames).toHaveLength(1500);
    expect(video.ticksPerFrame).toBe(3600);
    expect(isH264(video.format) && [video.format.width, video.format.height]).toEqual([1280, 720]);
    expect(audio!.frames).toHaveLength(375);
    expect(audio!.ticksPerFrame).toBe(1024);
    expect(isAac(audio!.format) && [audio!.format.sampleRate, audio!.format.channels]).toEqual([48_000, 1]);
  });

  it('has a key frame with parameter sets each 2 s, one picture a frame and no B-frames', async () => {
    const { video } = await loadClip(name);
    for (const [index, { key, units }] of video.frames.entries()) {
      const types = units.map((unit) => nalType(unit, 0));
      const expected = index % 50 === 0 ? [NAL.sps, NAL.pps, NAL.idr] : [NAL.slice];
      expect([key, types], `frame ${index}`).toEqual([index % 50 === 0, expected]);
      const last = units.at(-1)!;
      expect(sliceTypeIsB(last, 0, last.length)).toBe(false);
    }
  });
});

describe('loadClip', () => {
  const picture = (type: number) => Buffer.from([0, 0, 0, 1, 0x60 | type, 0x88, 0x84, 0x21]);

  it('takes a path with or without suffix, and no sound when there is no .aac', async () => {
    const { video, audio } = await loadClip('yard');
    const nals = video.frames
      .slice(0, 50)
      .flatMap(({ units }) => units.flatMap((unit) => [Buffer.from([0, 0, 1]), unit]));
    const aac = Buffer.from('fff14c40017ffc01020304', 'hex');
    aac.writeUIntBE((aac.length << 5) | 0x1f, 4, 2);
    const path = await folder({
      'mine.h264': Buffer.concat(nals),
      'loud.h264': Buffer.concat(nals),
      'loud.aac': aac,
    });
    const mine = await loadClip(join(path, 'mine'));
    expect([mine.name, mine.video.frames.length, mine.audio]).toEqual(['mine', 50, undefined]);
    expect(mine.video.format.record).toEqual(video.format.record);
    const loud = await loadClip(join(path, 'loud.h264'));
    expect(loud.audio!.frames[0]!.units[0]).toEqual(Buffer.from([1, 2, 3, 4]));
    expect(loud.audio!.format.record).toEqual(audio!.format.record);
    expect(mine.bitrate).toBeGreaterThan(10_000);
  });

  it('says which file is missing', async () => {
    await expect(loadClip('/nowhere/cat')).rejects.toThrow(
      'no clip /nowhere/cat: /nowhere/cat.h264 does not exist',
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'does not begin with SPS, PPS and a key frame'],
    ['text', Buffer.from('not a film'), 'does not begin with SPS, PPS and a key frame'],
    ['no key frame', picture(1), 'does not begin with SPS, PPS and a key frame'],
    ['no parameter sets', picture(5), 'does not begin with SPS, PPS and a key frame'],
  ])('refuses %s as video', (_, bytes, message) => {
    expect(() => readH264(bytes, 'x.h264')).toThrow(`x.h264 ${message}`);
  });

  it.each([
    ['nothing', '', 'x.aac is empty'],
    ['no header', '00000000000000', 'no whole ADTS frame at byte 0'],
    ['a cut frame', 'fff14c4001dffc01020304', 'no whole ADTS frame at byte 0'],
    ['garbage behind a frame', 'fff14c40017ffc01020304ff', 'no whole ADTS frame at byte 11'],
  ])('refuses %s as sound', (_, hex, message) => {
    expect(() => readAdts(Buffer.from(hex, 'hex'), 'x.aac')).toThrow(message);
  });
});
