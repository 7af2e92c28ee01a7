import { useEffect, useState } from 'react';
import { formatBitrate, formatSeconds } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { bufferedAhead } from '../keep-up.ts';
import type { LivePlayer, PlayerSnapshot } from '../live-player.ts';
import { whyThis } from './protocol-words.ts';

const EVERY_MS = 1000;

interface Figures {
  readonly size: string;
  readonly shown: number;
  readonly dropped: number;
  readonly ahead: number;
  readonly received: number | null;
  readonly rate: number | null;
}

const NONE: Figures = { size: '', shown: 0, dropped: 0, ahead: 0, received: null, rate: null };

/** What the browser and the player measure of the picture, each second. */
export function PlayerFigures(props: {
  player: LivePlayer;
  video: HTMLVideoElement;
  snapshot: PlayerSnapshot;
}) {
  const { player, video, snapshot } = props;
  const [figures, setFigures] = useState(NONE);
  useEffect(() => {
    const measure = () => setFigures((before) => figuresOf(player, video, before));
    measure();
    const timer = setInterval(measure, EVERY_MS);
    return () => clearInterval(timer);
  }, [player, video]);
  const { protocol, latency } = snapshot;
  const rows: [string, string][] = [
    [t.player.way, protocol === null ? t.stream.unknown : t.player.protocol[protocol]],
    [t.player.delay, latency === null ? t.stream.unknown : t.player.seconds(formatSeconds(latency))],
    [t.player.ahead, t.player.seconds(figures.ahead.toFixed(2))],
    [t.player.size, figures.size],
    [t.player.rate, figures.rate === null ? t.stream.unknown : formatBitrate(figures.rate)],
    [t.player.shown, String(figures.shown)],
    [t.player.droppedFrames, String(figures.dropped)],
  ];
  return (
    <div className="player-figures">
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="faint">{whyThis(snapshot)}</p>
    </div>
  );
}

function figuresOf(player: LivePlayer, video: HTMLVideoElement, before: Figures): Figures {
  const quality = video.getVideoPlaybackQuality();
  const received = player.received();
  const known = received !== null && before.received !== null && received >= before.received;
  return {
    size: `${video.videoWidth} × ${video.videoHeight}`,
    shown: quality.totalVideoFrames - quality.droppedVideoFrames,
    dropped: quality.droppedVideoFrames,
    ahead: bufferedAhead(video.buffered, video.currentTime),
    received,
    rate: known ? ((received - (before.received ?? 0)) * 8000) / EVERY_MS : null,
  };
}
