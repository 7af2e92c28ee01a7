import { useEffect, useState, useSyncExternalStore } from 'react';
import { browserClock } from '../../clock/clock.ts';
import { LivePlayer, type PlayerSnapshot } from '../live-player.ts';
import { type LiveSource, ladderOf, rewoundOf, wantedProtocols } from '../live-source.ts';
import type { Protocol } from '../playback.ts';
import { IDLE } from '../player-snapshot.ts';

const nothing = () => undefined;

/** A player that lives as long as the element and the source stay the same. */
export function useLivePlayer(
  video: HTMLVideoElement | null,
  source: LiveSource,
): readonly [LivePlayer | null, PlayerSnapshot] {
  const { streamId, base, authorization, ticket, audio, lowLatency, lower, protocols } = source;
  const ways = (protocols ?? wantedProtocols(location.search))?.join();
  const [player, setPlayer] = useState<LivePlayer | null>(null);
  useEffect(() => {
    if (video === null) return;
    const wanted = ways === undefined ? undefined : (ways.split(',') as Protocol[]);
    const made = new LivePlayer({
      video,
      open: ladderOf(
        { streamId, base, authorization, ticket, audio, lowLatency, lower, protocols: wanted },
        browserClock,
      ).open,
      rewound: (behind) => rewoundOf({ streamId, base, authorization, ticket, audio, lowLatency }, behind),
      clock: browserClock,
      random: Math.random,
    });
    setPlayer(made);
    return () => {
      made.close();
      setPlayer(null);
    };
  }, [video, streamId, base, authorization, ticket, audio, lowLatency, lower, ways]);
  const snapshot = useSyncExternalStore(
    (listener) => player?.subscribe(listener) ?? nothing,
    () => player?.snapshot ?? IDLE,
  );
  return [player, snapshot];
}
