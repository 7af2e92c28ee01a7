import { describe, expect, it } from 'vitest';
import {
  aac,
  type Format,
  h264Format,
  h265Format,
  l16,
  mjpegFormat,
  opusFormat,
  pcma,
  pcmFormat,
  pcmu,
} from '../codecs/index.ts';
import type { Track } from '../stream/index.ts';
import { initSegment, openMp4 } from './index.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const VPS = '40010c01ffff01600000030090000003000003005d959409';
const SPS = '42010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10';
/** One with samples of 12:11. */
const WIDE =
  '42010101600000030090000003000003003ca00b080485965654a4e1781340400000030040000006580325978007a10001e84880';
const hevc = (sps: string) => h265Format([VPS, sps, '4401c073c189'].map(bytes));

async function readBack(format: Format, id = 1) {
  const track: Track = { id, kind: format.codec.kind, format };
  const init = initSegment([track]);
  const read = (offset: number, length: number) => Promise.resolve(init.subarray(offset, offset + length));
  const file = await openMp4({ size: init.length, read });
  return { init, track: file.tracks[0]! };
}

/** The bytes of the box of a type, its type first. */
function boxOf(init: Buffer, type: string): string {
  const at = init.indexOf(type, 0, 'latin1');
  return at < 0 ? '' : init.toString('hex', at, at - 4 + init.readUInt32BE(at - 4));
}

describe('sample entries', () => {
  const formats: [string, Format, string][] = [
    [
      'avc1',
      h264Format([bytes('6742c01eda0280f6c044000003000400000300c83c58ba80')], [bytes('68ce0fc8')]),
      'avcC',
    ],
    ['hvc1', hevc(SPS), 'hvcC'],
    ['mp4v', mjpegFormat(1920, 1080), 'esds'],
    ['mp4a', aac.formatFromRecord(bytes('1408')), 'esds'],
    ['Opus', opusFormat(2), 'dOps'],
    ['Opus', opusFormat(1), 'dOps'],
    ['ulaw', pcmFormat(pcmu, 8000, 1), ''],
    ['alaw', pcmFormat(pcma, 16_000, 2), ''],
    ['twos', pcmFormat(l16, 44_100, 2), ''],
    ['twos', pcmFormat(l16, 96_000, 1), ''],
  ];
  it.each(formats)('%s is written and read back', async (entry, format, box) => {
    const { init, track } = await readBack(format);
    expect(track).toMatchObject({ sampleEntry: entry, kind: format.codec.kind, timescale: format.clockRate });
    expect(track.format).toEqual(format);
    expect(format.codec.mp4.sampleEntry).toBe(entry);
    const boxes = ['avcC', 'hvcC', 'esds', 'dOps'].filter((type) => init.includes(type));
    expect(boxes).toEqual(box === '' ? [] : [box]);
  });

  it('quirk 46: H.265 is tagged hvc1, its parameter sets are in the entry alone', async () => {
    const { init } = await readBack(hevc(SPS));
    expect(init.includes('hev1')).toBe(false);
    expect(boxOf(init, 'hvcC')).toBe(
      `${bytes('68766343').toString('hex')}${hevc(SPS).record.toString('hex')}`,
    );
  });

  it('quirk 46: the shape of samples that are not square is told, and the picture shown in its own shape', async () => {
    const { init, track } = await readBack(hevc(WIDE));
    expect(track.format).toMatchObject({ width: 352, height: 288, pixelAspect: { width: 12, height: 11 } });
    expect(boxOf(init, 'pasp')).toBe('706173700000000c0000000b');
    const tkhd = boxOf(init, 'tkhd');
    expect(tkhd.slice(-16)).toBe('0180000001200000');
  });

  it('quirk 46: tall samples and tall pictures', async () => {
    const tall = { ...mjpegFormat(720, 1280), pixelAspect: { width: 9, height: 16 } };
    const { init } = await readBack(tall);
    expect(boxOf(init, 'pasp')).toBe('706173700000000900000010');
    expect(boxOf(init, 'tkhd').slice(-16)).toBe('0195000005000000');
  });

  it('an entry whose fields cannot be is read without a format', async () => {
    const { init } = await readBack(pcmFormat(pcmu, 8000, 1));
    const at = init.indexOf('ulaw') + 4;
    init.writeUInt16BE(0, at + 16);
    const read = (offset: number, length: number) => Promise.resolve(init.subarray(offset, offset + length));
    const file = await openMp4({ size: init.length, read });
    expect(file.tracks).toMatchObject([{ sampleEntry: 'ulaw', format: undefined }]);
  });
});
