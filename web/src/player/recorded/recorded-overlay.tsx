import { t } from '../../strings/index.ts';
import type { RecordedSnapshot } from './recorded-player.ts';

/** What lies over the picture while there is something to say or to wait for. */
export function RecordedOverlay(props: { snapshot: RecordedSnapshot; onStart: () => void }) {
  const { phase, fault } = props.snapshot;
  if (phase === 'playing' || phase === 'paused') return null;
  if (phase === 'failed' || phase === 'ended') {
    return (
      <div className="player-overlay" role={fault ? 'alert' : 'status'}>
        <p>{fault ? t.recorded.fault[fault] : t.recorded.ended}</p>
        <button type="button" className="button on-picture" onClick={props.onStart}>
          {fault ? t.recorded.tryAgain : t.recorded.again}
        </button>
      </div>
    );
  }
  return (
    <div className="player-overlay patient" role="status">
      <span className="spinner" />
      <p>{phase === 'opening' ? t.recorded.opening : t.player.buffering}</p>
    </div>
  );
}
