import { Icon } from '../../controls/icons.tsx';
import { t } from '../../strings/index.ts';
import type { PlayerSnapshot } from '../live-player.ts';

/** What lies over the picture while it does not move: nothing at all while it plays. */
export function PlayerOverlay(props: {
  snapshot: PlayerSnapshot;
  compact: boolean;
  onPlay: () => void;
  onRetry: () => void;
}) {
  const { phase, fault } = props.snapshot;
  if (phase === 'playing') return null;
  if (phase === 'blocked') {
    return (
      <div className="player-overlay">
        <button type="button" className="player-play" onClick={props.onPlay} aria-label={t.player.play}>
          <Icon name="play" />
        </button>
      </div>
    );
  }
  if (phase === 'ended') return <div className="player-overlay">{fault && t.player.fault[fault]}</div>;
  const text = phase === 'buffering' ? t.player.buffering : t.player.opening;
  return (
    <div className="player-overlay patient" role={props.compact ? undefined : 'status'}>
      <span className="spinner" />
      <p>{fault ? t.player.fault[fault] : text}</p>
      {fault && <p className="faint">{t.player.retrying}</p>}
      {fault && !props.compact && (
        <button type="button" className="button on-picture" onClick={props.onRetry}>
          {t.player.retryNow}
        </button>
      )}
    </div>
  );
}
