import { expect, it } from 'vitest';
import { withQuery } from './with-query.ts';

it('puts the pair into every address, and leaves all else', () => {
  const text = [
    '#EXTM3U',
    '#EXT-X-MEDIA:TYPE=AUDIO,NAME="Sound",URI="audio.m3u8?join=now"',
    '#EXT-X-MAP:URI="video/init-1.mp4"',
    '#EXT-X-PART:DURATION=0.25,URI="video/7.0.m4s",INDEPENDENT=YES',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/7.1.m4s"',
    '#EXTINF:2,',
    'video/6.m4s',
    '',
  ].join('\n');
  expect(withQuery(text, 'ticket', 'a.b+c')).toBe(
    [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,NAME="Sound",URI="audio.m3u8?join=now&ticket=a.b%2Bc"',
      '#EXT-X-MAP:URI="video/init-1.mp4?ticket=a.b%2Bc"',
      '#EXT-X-PART:DURATION=0.25,URI="video/7.0.m4s?ticket=a.b%2Bc",INDEPENDENT=YES',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/7.1.m4s?ticket=a.b%2Bc"',
      '#EXTINF:2,',
      'video/6.m4s?ticket=a.b%2Bc',
      '',
    ].join('\n'),
  );
});
