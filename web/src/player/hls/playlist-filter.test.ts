import { describe, expect, it } from 'vitest';
import { filterPlaylist, openWithGap } from './playlist-filter.ts';

const multivariant = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=4000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="audio"
video.m3u8
`;

const media = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.00000,
7.mp4
#EXT-X-PART:DURATION=0.2,URI="8.0.mp4",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="8.1.mp4"
#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=8,LAST-PART=0
`;

describe('filterPlaylist', () => {
  it('changes nothing when all is wanted', () => {
    expect(filterPlaylist(multivariant, { audio: true, lowLatency: true })).toBe(multivariant);
    expect(filterPlaylist(media, { audio: true, lowLatency: true })).toBe(media);
  });

  it('leaves out the sound', () => {
    expect(filterPlaylist(multivariant, { audio: false, lowLatency: true })).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=4000000,CODECS="avc1.64001f",RESOLUTION=1280x720
video.m3u8
`);
    expect(filterPlaylist(media, { audio: false, lowLatency: true })).toBe(media);
  });

  it.each([
    ['first', 'AUDIO="a",BANDWIDTH=1', 'BANDWIDTH=1'],
    ['between', 'BANDWIDTH=1,AUDIO="a,b",RESOLUTION=2x1', 'BANDWIDTH=1,RESOLUTION=2x1'],
    ['absent', 'BANDWIDTH=1,CODECS="hvc1.1.6,opus"', 'BANDWIDTH=1,CODECS="hvc1.1.6"'],
  ])('finds the group %s among the attributes', (_, before, after) => {
    const filter = { audio: false, lowLatency: true };
    expect(filterPlaylist(`#EXT-X-STREAM-INF:${before}`, filter)).toBe(`#EXT-X-STREAM-INF:${after}`);
  });

  it('keeps other renditions', () => {
    const subtitles = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="TYPE=AUDIO"';
    expect(filterPlaylist(subtitles, { audio: false, lowLatency: false })).toBe(subtitles);
  });

  it('leaves whole segments when low latency is not wanted', () => {
    expect(filterPlaylist(media, { audio: true, lowLatency: false })).toBe(`#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.00000,
7.mp4
`);
  });
});

describe('openWithGap', () => {
  const young = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-PART-INF:PART-TARGET=0.25
#EXT-X-MEDIA-SEQUENCE:1795187260
#EXT-X-MAP:URI="video/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-15T10:00:00.000Z
#EXT-X-PART:DURATION=0.24,URI="video/1795187260.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/1795187260.1.m4s"
`;

  it('puts a missing segment before the first parts', () => {
    expect(openWithGap(young)).toBe(`#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-PART-INF:PART-TARGET=0.25
#EXT-X-MEDIA-SEQUENCE:1795187259
#EXT-X-PART:DURATION=0.01,URI="gap",GAP=YES
#EXT-X-GAP
#EXTINF:0.01,
gap
#EXT-X-MAP:URI="video/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-15T10:00:00.000Z
#EXT-X-PART:DURATION=0.24,URI="video/1795187260.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/1795187260.1.m4s"
`);
  });

  it.each([
    ['a whole segment', media],
    ['only renditions', multivariant],
    ['skipped segments', young.replace('#EXT-X-MAP', '#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n#EXT-X-MAP')],
    ['no number to count back from', young.replace('1795187260', '0')],
    ['no parts', young.replace(/^#EXT-X-PART:.*\n/m, '')],
    ['nothing', ''],
  ])('leaves alone what holds %s', (_, text) => expect(openWithGap(text)).toBe(text));
});
