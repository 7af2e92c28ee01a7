import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../controls/icons.tsx';
import { formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { FullScreen } from '../view/use-full-screen.ts';
import type { Span } from './recorded-playback.ts';
import { RATES, type RecordedPlayer, type RecordedSnapshot } from './recorded-player.ts';

/** Position, play, single pictures, speed, sound and full screen; `children` stand at the end. */
export function RecordedControls(props: {
  player: RecordedPlayer | null;
  snapshot: RecordedSnapshot;
  span: Span;
  fps: number | null;
  fullScreen: FullScreen;
  children: ReactNode;
}) {
  const { player, snapshot, fps, fullScreen } = props;
  const { phase, muted, hasAudio } = snapshot;
  const running = phase === 'playing' || phase === 'buffering';
  const sound = muted ? t.player.unmute : t.player.mute;
  return (
    <>
      <SeekBar player={player} snapshot={snapshot} span={props.span} />
      <div className="recorded-controls">
        <IconButton
          icon={running ? 'pause' : 'play'}
          label={running ? t.recorded.pause : t.recorded.play}
          onClick={() => player?.toggle()}
        />
        <IconButton icon="stepBack" label={t.recorded.stepBack} onClick={() => player?.step(-1, fps)} />
        <IconButton icon="stepOn" label={t.recorded.stepOn} onClick={() => player?.step(1, fps)} />
        <select
          className="button"
          aria-label={t.recorded.speed}
          value={snapshot.rate}
          onChange={(event) => player?.setRate(Number(event.target.value))}
        >
          {RATES.map((rate) => (
            <option key={rate} value={rate}>
              {t.recorded.rate(String(rate))}
            </option>
          ))}
        </select>
        <IconButton
          icon={muted || hasAudio === false ? 'soundOff' : 'sound'}
          label={hasAudio === false ? t.player.noAudio : sound}
          disabled={hasAudio === false}
          onClick={() => player?.setMuted(!muted)}
        />
        {fullScreen.possible && (
          <IconButton
            icon={fullScreen.on ? 'shrink' : 'expand'}
            label={fullScreen.on ? t.player.exitFullScreen : t.player.fullScreen}
            onClick={fullScreen.toggle}
          />
        )}
        {props.children}
      </div>
    </>
  );
}

function SeekBar(props: { player: RecordedPlayer | null; snapshot: RecordedSnapshot; span: Span }) {
  const { player, snapshot, span } = props;
  const iso = new Date(snapshot.at).toISOString();
  return (
    <input
      className="seek-bar"
      type="range"
      aria-label={t.recorded.position}
      aria-valuetext={formatTime(iso, new Date())}
      min={span.start}
      max={span.end}
      step={1000}
      value={snapshot.at}
      onChange={(event) => player?.seek(Number(event.target.value))}
    />
  );
}

function IconButton(props: { icon: IconName; label: string; disabled?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button icon-only"
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
