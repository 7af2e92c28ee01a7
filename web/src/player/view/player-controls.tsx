import { Icon, type IconName } from '../../controls/icons.tsx';
import { formatDuration, formatSeconds, formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { BoxesShown } from '../boxes/use-boxes-shown.ts';
import type { PlayerSnapshot } from '../live-player.ts';
import { REPLAY_SECONDS, STEP_SECONDS } from './player-keys.ts';
import { whyThis } from './protocol-words.ts';
import type { FullScreen } from './use-full-screen.ts';
import type { PictureInPicture } from './use-picture-in-picture.ts';

/** Delay, sound and full screen, over the lower edge of the picture. */
export function PlayerControls(props: {
  snapshot: PlayerSnapshot;
  fullScreen: FullScreen;
  pip: PictureInPicture;
  /** Whether the figures are shown. */
  figures: boolean;
  boxes: BoxesShown;
  onMuted: (muted: boolean) => void;
  /** So many seconds back from what is seen. */
  onRewind: (seconds: number) => void;
  onLive: () => void;
  onSnapshot: () => void;
  onFigures: () => void;
}) {
  const { snapshot, fullScreen, pip } = props;
  const screen = fullScreen.on ? t.player.exitFullScreen : t.player.fullScreen;
  return (
    <div className="player-controls">
      <SoundButton snapshot={snapshot} onMuted={props.onMuted} />
      <WhereInTime snapshot={snapshot} onLive={props.onLive} />
      <PictureButton icon="rewind" label={t.player.rewind} onClick={() => props.onRewind(STEP_SECONDS)} />
      <PictureButton icon="replay" label={t.player.replay} onClick={() => props.onRewind(REPLAY_SECONDS)} />
      {props.boxes.possible && (
        <PictureButton
          icon="boxes"
          label={t.player.boxes}
          pressed={props.boxes.shown}
          onClick={props.boxes.toggle}
        />
      )}
      <PictureButton icon="info" label={t.player.figures} pressed={props.figures} onClick={props.onFigures} />
      <PictureButton icon="camera" label={t.player.snapshot} onClick={props.onSnapshot} />
      {pip.possible && (
        <PictureButton icon="pip" label={t.player.pip} pressed={pip.on} onClick={pip.toggle} />
      )}
      {fullScreen.possible && (
        <PictureButton
          icon={fullScreen.on ? 'shrink' : 'expand'}
          label={screen}
          onClick={fullScreen.toggle}
        />
      )}
    </div>
  );
}

/** How far behind live the picture is, and by which way it comes; rewound, the way back to live. */
function WhereInTime({ snapshot, onLive }: { snapshot: PlayerSnapshot; onLive: () => void }) {
  const { rewound, latency, moment, protocol } = snapshot;
  return (
    <p className="player-latency">
      {rewound && (
        <>
          <button
            type="button"
            className="button on-picture player-to-live"
            onClick={onLive}
            title={t.player.toLive}
          >
            <span className="live-dot past" />
            {t.player.live}
          </button>
          {latency !== null && <span>{t.player.behindLive(formatDuration(latency))}</span>}
          {moment !== null && (
            <time className="faint" dateTime={new Date(moment).toISOString()}>
              {formatTime(new Date(moment).toISOString(), new Date())}
            </time>
          )}
        </>
      )}
      {!rewound && latency !== null && (
        <>
          <span className="live-dot" />
          {t.player.live}
          <span className="faint">{t.player.latency(formatSeconds(latency))}</span>
        </>
      )}
      {protocol && (
        <span className="player-protocol" data-protocol={protocol} title={whyThis(snapshot)}>
          {t.player.protocol[protocol]}
        </span>
      )}
    </p>
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

function PictureButton(props: { icon: IconName; label: string; pressed?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button on-picture icon-only"
      data-control={props.icon}
      onClick={props.onClick}
      aria-label={props.label}
      aria-pressed={props.pressed}
      title={props.label}
    >
      <Icon name={props.icon} />
    </button>
  );
}
