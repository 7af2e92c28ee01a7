import { describe, expect, it } from 'vitest';
import { formatMultivariant } from './index.ts';

describe('multivariant playlist', () => {
  it('names picture, sound and what they cost', () => {
    const text = formatMultivariant({
      audio: [
        {
          groupId: 'sound',
          name: 'Microphone',
          uri: 'audio.m3u8',
          channels: 2,
          language: 'en',
          isDefault: true,
        },
        { groupId: 'sound', name: 'Door', uri: 'door.m3u8', channels: 1, isDefault: false },
      ],
      variants: [
        {
          uri: 'video.m3u8',
          bandwidth: 4_200_000.2,
          averageBandwidth: 3_900_000,
          codecs: ['avc1.640028', 'mp4a.40.2'],
          resolution: { width: 1920, height: 1080 },
          frameRate: 30_000 / 1001,
          audioGroup: 'sound',
        },
        { uri: 'sub.m3u8?ticket=a', bandwidth: 500_000, codecs: ['avc1.42C01E'] },
      ],
    });
    expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Microphone",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Door",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="1",URI="door.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=4200001,AVERAGE-BANDWIDTH=3900000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970,AUDIO="sound"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="avc1.42C01E"
sub.m3u8?ticket=a
`);
  });

  it.each(['a"b', 'a\nb', 'a\rb'])('refuses the name %j', (name) => {
    const audio = [{ groupId: 'g', name, uri: 'a', channels: 1, isDefault: true }];
    expect(() => formatMultivariant({ audio, variants: [] })).toThrow(RangeError);
  });

  it('refuses an empty URI', () => {
    expect(() =>
      formatMultivariant({ audio: [], variants: [{ uri: '', bandwidth: 1, codecs: [] }] }),
    ).toThrow(RangeError);
  });
});
