import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { usePageHidden } from '../../app/visibility.ts';
import { t } from '../../strings/index.ts';
import { type BoxesShown, useBoxesShown } from '../boxes/use-boxes-shown.ts';
import type { LivePlayer, PlayerSnapshot } from '../live-player.ts';
import type { LiveSource } from '../live-source.ts';
import { PlayerControls } from './player-controls.tsx';
import { PlayerFigures } from './player-figures.tsx';
import { type Keyed, playerKeys } from './player-keys.ts';
import { PlayerOverlay } from './player-overlay.tsx';
import { saveSnapshot } from './save-snapshot.ts';
import { useFullScreen } from './use-full-screen.ts';
import { useIdle } from './use-idle.ts';
import { useLivePlayer } from './use-live-player.ts';
import { useOnScreen } from './use-on-screen.ts';
import { usePictureInPicture } from './use-picture-in-picture.ts';

// Loaded where a model looks.
const PlayerBoxes = lazy(async () => ({
  default: (await import('../boxes/player-boxes.tsx')).PlayerBoxes,
}));

/** A tab that was left for a moment goes on playing, so that coming back shows the picture at once. */
const HIDDEN_GRACE_MS = 15_000;

/** The live picture of one stream; `children` is shown in its place while the stream is not live. */
export function LiveView(props: {
  streamId: string;
  source: LiveSource;
  live: boolean;
  /** Whether a model looks at its pictures, and who watches may hear what it sees. */
  boxes?: boolean;
  /** A tile on the wall: no controls but `tools`. */
  compact: boolean;
  /** Stands over the picture while there is one. */
  tools?: (picture: {
    player: LivePlayer | null;
    video: HTMLVideoElement | null;
    snapshot: PlayerSnapshot;
  }) => ReactNode;
  children: ReactNode;
}) {
  const { streamId, live, compact } = props;
  const box = useRef<HTMLElement>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [player, snapshot] = useLivePlayer(video, props.source);
  const onScreen = useOnScreen(box);
  const hidden = usePageHidden(HIDDEN_GRACE_MS) && snapshot.muted;
  const fullScreen = useFullScreen(box, video);
  const idle = useIdle(box);
  const wanted = live && onScreen && !hidden;
  useEffect(() => player?.setWanted(wanted), [player, wanted]);

  const pip = usePictureInPicture(video);
  const [figures, setFigures] = useState(false);
  const toggleFigures = () => setFigures(!figures);
  const boxes = useBoxesShown(props.boxes === true);
  const keys = {
    streamId,
    player,
    video,
    muted: snapshot.muted,
    fullScreen,
    pip,
    toggleFigures,
    toggleBoxes: boxes.toggle,
  };
  return (
    <section
      ref={box}
      className={compact ? 'player compact' : 'player'}
      data-phase={live ? snapshot.phase : 'idle'}
      data-rewound={snapshot.rewound}
      data-idle={idle && snapshot.phase === 'playing'}
      aria-label={t.player.video(streamId)}
      // Keys reach it once somebody has pressed or tabbed into the picture.
      tabIndex={compact ? undefined : 0}
      onKeyDown={compact ? undefined : playerKeys(keys)}
      onDoubleClick={compact ? undefined : fullScreen.toggle}
    >
      <video ref={setVideo} data-stream-id={streamId} muted playsInline disablePictureInPicture={compact} />
      {live ? (
        <PlayerOverlay
          snapshot={snapshot}
          compact={compact}
          onPlay={() => player?.resume()}
          onRetry={() => player?.retry()}
        />
      ) : (
        <div className="player-overlay">{props.children}</div>
      )}
      {!compact && live && <LiveControls {...keys} snapshot={snapshot} figures={figures} boxes={boxes} />}
      {boxes.shown && live && <Boxes streamId={streamId} video={video} snapshot={snapshot} />}
      {live && props.tools?.({ player, video, snapshot })}
      {figures && live && player && video && (
        <PlayerFigures player={player} video={video} snapshot={snapshot} />
      )}
    </section>
  );
}

/** What a model sees, over a live picture that moves. */
function Boxes(props: { streamId: string; video: HTMLVideoElement | null; snapshot: PlayerSnapshot }) {
  const { video, snapshot } = props;
  if (video === null || snapshot.phase !== 'playing' || snapshot.rewound) return null;
  return (
    <Suspense>
      <PlayerBoxes streamId={props.streamId} video={video} latency={snapshot.latency} />
    </Suspense>
  );
}

/** The controls of a picture, each with what its key does. */
function LiveControls(props: Keyed & { snapshot: PlayerSnapshot; figures: boolean; boxes: BoxesShown }) {
  const { streamId, player, video } = props;
  return (
    <PlayerControls
      snapshot={props.snapshot}
      fullScreen={props.fullScreen}
      pip={props.pip}
      figures={props.figures}
      boxes={props.boxes}
      onMuted={(muted) => player?.setMuted(muted)}
      onRewind={(seconds) => player?.rewind(seconds)}
      onLive={() => player?.toLive()}
      onSnapshot={() => video && saveSnapshot(video, streamId)}
      onFigures={props.toggleFigures}
    />
  );
}
