import { Move3d } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Icon, type IconName } from '../controls/icons.tsx';
import type { LivePlayer, PlayerSnapshot } from '../player/live-player.ts';
import { REPLAY_SECONDS } from '../player/view/player-keys.ts';
import { saveSnapshot } from '../player/view/save-snapshot.ts';
import type { FullScreen } from '../player/view/use-full-screen.ts';
import { t } from '../strings/index.ts';

/** What a tile's picture is at this moment. */
export interface TilePicture {
  readonly player: LivePlayer | null;
  readonly video: HTMLVideoElement | null;
  readonly snapshot: PlayerSnapshot;
}

/** Sound, a still, the last minute again, moves and full screen, over the picture of a tile. */
export function TileTools(props: {
  id: string;
  picture: TilePicture;
  sound: boolean;
  mayMove: boolean;
  mayReplay: boolean;
  fullScreen: FullScreen;
  onSound: (on: boolean) => void;
}) {
  const { id, picture, sound, fullScreen } = props;
  const { player, video, snapshot } = picture;
  const silent = sound && snapshot.hasAudio === false;
  return (
    <div className="tile-tools" data-part="tile-tools" data-sound={sound} data-rewound={snapshot.rewound}>
      {snapshot.rewound && (
        <button
          type="button"
          className="button on-picture"
          title={t.player.toLive}
          onClick={() => player?.toLive()}
        >
          <span className="live-dot past" />
          {t.player.live}
        </button>
      )}
      <Tool
        icon={sound && !silent ? 'sound' : 'soundOff'}
        label={silent ? t.player.noAudio : sound ? t.player.mute : t.player.unmute}
        id={id}
        pressed={sound}
        onClick={() => props.onSound(!sound)}
      />
      {props.mayReplay && !snapshot.rewound && (
        <Tool icon="replay" label={t.player.replay} id={id} onClick={() => player?.rewind(REPLAY_SECONDS)} />
      )}
      <Tool
        icon="camera"
        label={t.player.snapshot}
        id={id}
        onClick={() => video && saveSnapshot(video, id)}
      />
      {props.mayMove && <Mover id={id} />}
      {fullScreen.possible && (
        <Tool
          icon={fullScreen.on ? 'shrink' : 'expand'}
          label={fullScreen.on ? t.player.exitFullScreen : t.player.fullScreen}
          id={id}
          onClick={fullScreen.toggle}
        />
      )}
    </div>
  );
}

function Tool(props: { icon: IconName; label: string; id: string; pressed?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button on-picture icon-only"
      aria-label={`${props.id}: ${props.label}`}
      aria-pressed={props.pressed}
      title={props.label}
      data-tool={props.icon}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

const loadMover = () => import('./mover.tsx');
const MoverWindow = lazy(async () => ({ default: (await loadMover()).MoverWindow }));

/** Moves and presets of a camera in a window at its tile, loaded for who moves one. */
function Mover({ id }: { id: string }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className="button on-picture icon-only"
      aria-label={`${id}: ${t.ptz.title}`}
      title={t.ptz.title}
      data-tool="move"
      onPointerEnter={() => void loadMover()}
      onClick={() => setWanted(true)}
    >
      <Move3d className="icon" aria-hidden="true" />
    </button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <MoverWindow id={id} />
    </Suspense>
  );
}
