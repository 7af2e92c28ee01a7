import { describe, expect, it } from 'vitest';
import { hlsConfig } from './hls-config.ts';
import { reachOf } from './hls-rewound.ts';

describe('a picture behind live', () => {
  it.each([
    [5, 120],
    [89, 120],
    [100, 900],
    [870, 900],
    [871, 3_600],
    [4_000, 14_400],
    [20_000, 14_400],
  ])('%d s behind needs a playlist of %d s', (behind, reach) => {
    expect(reachOf(behind)).toBe(reach);
  });

  it('begins where it is wanted', () => {
    const source = { url: '/', authorization: undefined, audio: true, lowLatency: false };
    expect(hlsConfig({ ...source, behind: 60 })).toMatchObject({
      liveSyncDuration: 60,
      startFragPrefetch: false,
    });
    expect(hlsConfig({ ...source, behind: 60 }).liveSyncDurationCount).toBeUndefined();
    expect(hlsConfig(source)).toMatchObject({ liveSyncDurationCount: 2 });
  });
});
