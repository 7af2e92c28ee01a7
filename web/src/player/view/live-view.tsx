import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { usePageHidden } from '../../app/visibility.ts';
import { t } from '../../strings/index.ts';
import type { HlsSource } from '../hls/hls-config.ts';
import { PlayerControls } from './player-controls.tsx';
import { PlayerOverlay } from './player-overlay.tsx';
import { useFullScreen } from './use-full-screen.ts';
import { useIdle } from './use-idle.ts';
import { useLivePlayer } from './use-live-player.ts';
import { useOnScreen } from './use-on-screen.ts';

/** A tab that was left for a moment goes on playing, so that coming back shows the picture at once. */
const HIDDEN_GRACE_MS = 15_000;

/** The live picture of one stream; `children` is shown in its place while the stream is not live. */
export function LiveView(props: {
  streamId: string;
  source: HlsSource;
  live: boolean;
  /** A tile on the wall: no controls, no sound. */
  compact: boolean;
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

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'f') fullScreen.toggle();
    if (event.key === 'm') player?.setMuted(!snapshot.muted);
  };
  return (
    <section
      ref={box}
      className={compact ? 'player compact' : 'player'}
      data-phase={live ? snapshot.phase : 'idle'}
      data-idle={idle && snapshot.phase === 'playing'}
      aria-label={t.player.video(streamId)}
      onKeyDown={compact ? undefined : onKeyDown}
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
      {!compact && live && (
        <PlayerControls
          snapshot={snapshot}
          fullScreen={fullScreen}
          onMuted={(muted) => player?.setMuted(muted)}
        />
      )}
    </section>
  );
}
