import { Icon } from '../../controls/icons.tsx';
import { formatSeconds } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { PlayerSnapshot } from '../live-player.ts';
import type { FullScreen } from './use-full-screen.ts';

/** Delay, sound and full screen, over the lower edge of the picture. */
export function PlayerControls(props: {
  snapshot: PlayerSnapshot;
  fullScreen: FullScreen;
  onMuted: (muted: boolean) => void;
}) {
  const { snapshot, fullScreen } = props;
  const screen = fullScreen.on ? t.player.exitFullScreen : t.player.fullScreen;
  return (
    <div className="player-controls">
      <SoundButton snapshot={snapshot} onMuted={props.onMuted} />
      <p className="player-latency">
        {snapshot.latency !== null && (
          <>
            <span className="live-dot" />
            {t.player.live}
            <span className="faint">{t.player.latency(formatSeconds(snapshot.latency))}</span>
          </>
        )}
      </p>
      {fullScreen.possible && (
        <button
          type="button"
          className="button on-picture icon-only"
          onClick={fullScreen.toggle}
          aria-label={screen}
          title={screen}
        >
          <Icon name={fullScreen.on ? 'shrink' : 'expand'} />
        </button>
      )}
    </div>
  );
}

function SoundButton(props: { snapshot: PlayerSnapshot; onMuted: (muted: boolean) => void }) {
  const { muted, hasAudio } = props.snapshot;
  const sound = muted ? t.player.unmute : t.player.mute;
  const label = hasAudio === false ? t.player.noAudio : sound;
  return (
    <button
      type="button"
      className="button on-picture"
      onClick={() => props.onMuted(!muted)}
      disabled={hasAudio === false}
      aria-label={label}
      title={label}
    >
      <Icon name={muted || hasAudio === false ? 'soundOff' : 'sound'} />
      {muted && hasAudio === true && <span className="label">{t.player.unmute}</span>}
    </button>
  );
}
