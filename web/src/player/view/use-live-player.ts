import { useEffect, useState, useSyncExternalStore } from 'react';
import { browserClock } from '../../clock/clock.ts';
import type { HlsSource } from '../hls/hls-config.ts';
import { hlsPlayback } from '../hls/hls-playback.ts';
import { LivePlayer, type PlayerSnapshot } from '../live-player.ts';

const NONE: PlayerSnapshot = {
  phase: 'idle',
  fault: null,
  retryAt: null,
  latency: null,
  muted: true,
  hasAudio: null,
};
const nothing = () => undefined;

/** A player that lives as long as the element and the source stay the same. */
export function useLivePlayer(
  video: HTMLVideoElement | null,
  source: HlsSource,
): readonly [LivePlayer | null, PlayerSnapshot] {
  const { url, authorization, audio, lowLatency } = source;
  const [player, setPlayer] = useState<LivePlayer | null>(null);
  useEffect(() => {
    if (video === null) return;
    const made = new LivePlayer({
      video,
      open: hlsPlayback({ url, authorization, audio, lowLatency }),
      clock: browserClock,
      random: Math.random,
    });
    setPlayer(made);
    return () => {
      made.close();
      setPlayer(null);
    };
  }, [video, url, authorization, audio, lowLatency]);
  const snapshot = useSyncExternalStore(
    (listener) => player?.subscribe(listener) ?? nothing,
    () => player?.snapshot ?? NONE,
  );
  return [player, snapshot];
}
