import { expect, it, vi } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import { FUZZ_LIMIT_MS, fuzz } from '../../testing/fuzz/index.ts';
import { readPlaylist } from './read-playlist.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

it('100,000 playlists are read or refused with a typed error', () => {
  const media =
    '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI="i.mp4",BYTERANGE="700@0"\n#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x07,KEYFORMAT="identity"\n#EXTINF:2.0,\n#EXT-X-BYTERANGE:100@20\na.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:1.9,\nb.m4s\n#EXT-X-ENDLIST\n';
  const master =
    '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a.m3u8",DEFAULT=YES\n#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS="avc1.42c01e,mp4a.40.2",AUDIO="a"\nv.m3u8\n';
  const report = fuzz({
    examples: [media, master].map((text) => Buffer.from(text)),
    pieces: ['#EXT-X-', 'BYTERANGE:', '@', '"', ',', '=', '\n', '-1', '1e99', '#EXTINF:'].map((text) =>
      Buffer.from(text),
    ),
    isTyped: (error) => error instanceof MalformedError,
    take: (input) => void readPlaylist(input.toString('utf8')),
  });
  expect(report).toMatchObject({ broken: [], slow: [] });
  expect(report.refused).toBeGreaterThan(0);
});
