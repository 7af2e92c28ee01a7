import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { aac, codecByRtpName, h264Format } from '../codecs/index.ts';
import type { Track } from '../stream/index.ts';
import { hideTracks, initSegment, openMp4 } from './index.ts';

const SPS = Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce0fc8', 'hex');
const TRACKS: readonly Track[] = [
  { id: 1, kind: 'video', format: h264Format([SPS], [PPS]) },
  { id: 2, kind: 'audio', format: aac.formatFromRecord(Buffer.from('1408', 'hex')) },
  {
    id: 7,
    kind: 'audio',
    format: codecByRtpName('PCMU')!.formatFromRecord(Buffer.alloc(0), {
      width: 0,
      height: 0,
      channels: 1,
      sampleRate: 8000,
    }),
  },
];
const HEAD = initSegment(TRACKS, { description: Buffer.from('{}') });

async function kindsOf(head: Buffer): Promise<string[]> {
  const read = async (offset: number, length: number) => head.subarray(offset, offset + length);
  const { tracks } = await openMp4({ size: head.length, read });
  return tracks.map(({ id, kind, sampleEntry }) => `${id} ${kind} ${sampleEntry}`);
}

describe('tracks that are hidden', () => {
  it.each([
    [[], ['1 video avc1', '2 audio mp4a', '7 audio ulaw']],
    [[7], ['1 video avc1', '2 audio mp4a', '7 other ulaw']],
    [
      [1, 2],
      ['1 other avc1', '2 other mp4a', '7 audio ulaw'],
    ],
    [[3], ['1 video avc1', '2 audio mp4a', '7 audio ulaw']],
  ])('%j', async (hidden, kinds) => {
    const head = hideTracks(HEAD, new Set(hidden));
    expect(await kindsOf(head)).toEqual(kinds);
    const changed = [...HEAD].filter((byte, i) => byte !== head[i]).length;
    expect(head.length).toBe(HEAD.length);
    expect(changed).toBeLessThanOrEqual(4 * hidden.length);
  });

  it('are not looked for in what is no head', () => {
    for (let cut = 1; cut < HEAD.length; cut += 7) {
      const broken = Buffer.concat([HEAD.subarray(0, cut), Buffer.alloc(HEAD.length - cut, 0xff)]);
      try {
        expect(hideTracks(broken, new Set([7])).length).toBe(HEAD.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }
  });
});
