import { useEffect, useState, useSyncExternalStore } from 'react';
import { hlsRecorded, type RecordedSource } from '../hls/hls-recorded.ts';
import type { Span } from './recorded-playback.ts';
import { RecordedPlayer, type RecordedSnapshot } from './recorded-player.ts';

const nothing = () => undefined;

/** A player that lives as long as the element, the span and the source stay the same. */
export function useRecordedPlayer(
  video: HTMLVideoElement | null,
  span: Span,
  source: RecordedSource,
): readonly [RecordedPlayer | null, RecordedSnapshot] {
  const { start, end } = span;
  const [player, setPlayer] = useState<RecordedPlayer | null>(null);
  useEffect(() => {
    if (video === null) return;
    const made = new RecordedPlayer({ video, open: hlsRecorded(source), span: { start, end } });
    made.start();
    setPlayer(made);
    return () => {
      made.close();
      setPlayer(null);
    };
  }, [video, start, end, source]);
  const snapshot = useSyncExternalStore(
    (listener) => player?.subscribe(listener) ?? nothing,
    () => player?.snapshot ?? null,
  );
  return [
    player,
    snapshot ?? { phase: 'opening', fault: null, at: start, rate: 1, muted: true, hasAudio: null },
  ];
}
