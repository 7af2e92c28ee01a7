import type { default as Hls } from 'hls.js';
import type { OpenPlayback, Playback } from '../playback.ts';
import type { HlsSource } from './hls-config.ts';
import { loadHls, startHls, supported } from './hls-playback.ts';

/** Seconds of footage that playlists go back, from short to long; the server lists four hours at most. */
const REACHES = [120, 900, 3_600, 14_400] as const;
/** Seconds that a playlist reaches beyond what is looked at. */
const MARGIN = 30;

/** What goes into the address of the playlist for a picture so many seconds behind live. */
export const reachOf = (behind: number): number =>
  REACHES.find((reach) => reach >= behind + MARGIN) ?? REACHES.at(-1) ?? 0;

export interface RewoundSource extends Omit<HlsSource, 'url' | 'lowLatency'> {
  /** Address of the live playlist with so many seconds of footage before it. */
  url: (reach: number) => string;
}

/** A live stream seen `behind` seconds late: recorded footage, then what is in memory, by one playlist. */
export function hlsRewound(
  source: RewoundSource,
  behind: number,
  load: typeof loadHls = loadHls,
): OpenPlayback<HTMLVideoElement> {
  return async (video, events) => {
    const module = await supported(load);
    const reach = reachOf(behind);
    // Whole segments are near enough.
    const asked = { ...source, url: source.url(reach), lowLatency: false, behind };
    const hls = startHls(module, video, asked, events);
    return rewoundHandle(hls, video, reach);
  };
}

function rewoundHandle(hls: Hls, video: HTMLVideoElement, reach: number): Playback {
  return {
    latency: () => (hls.latestLevelDetails ? hls.latency : null),
    // It stays as far behind as somebody wanted.
    keepUp: () => undefined,
    toLiveEdge: () => undefined,
    moment: () => hls.playingDate?.getTime() ?? null,
    goTo(behind) {
      const details = hls.latestLevelDetails;
      if (details === null || behind + MARGIN > reach) return false;
      const oldest = details.fragments[0]?.start ?? 0;
      video.currentTime = Math.max(oldest, video.currentTime + hls.latency - behind);
      return true;
    },
    close: () => hls.destroy(),
  };
}
