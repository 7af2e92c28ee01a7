import { Download } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { type ApiClient, movieName, moviePath, recordedPlaylistPath } from '../../api/client.ts';
import { FileLink } from '../../pictures/file-link.tsx';
import { formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { useFullScreen } from '../view/use-full-screen.ts';
import { RecordedControls } from './recorded-controls.tsx';
import { RecordedOverlay } from './recorded-overlay.tsx';
import type { Span } from './recorded-playback.ts';
import type { RecordedPlayer } from './recorded-player.ts';
import { useRecordedPlayer } from './use-recorded-player.ts';

const JUMP_MS = 5000;

/** Recorded footage of one stream, such as in the place of its live picture. */
export function RecordedView(props: {
  streamId: string;
  span: Span;
  api: ApiClient;
  /** The recorded original, and not what everybody sees. */
  original?: boolean;
  /** Frames a second of the camera; null while unknown. */
  fps: number | null;
  /** The way back to the live picture, where there is one. */
  onBack?: () => void;
  /** Told of the moment that is seen, UTC milliseconds. */
  onMoment?: (at: number) => void;
}) {
  const { streamId, span, api, fps, original = false, onBack } = props;
  const of = { id: streamId, ...span, original };
  const box = useRef<HTMLElement>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const source = useMemo(
    () => ({
      url: (one: Span) => recordedPlaylistPath({ id: streamId, ...one, original }),
      authorization: api.authorization,
    }),
    [streamId, api, original],
  );
  const [player, snapshot] = useRecordedPlayer(video, span, source);
  const { onMoment } = props;
  useEffect(() => onMoment?.(snapshot.at), [onMoment, snapshot.at]);
  const fullScreen = useFullScreen(box, video);
  // Whoever chose a recording goes on with it by keyboard.
  useEffect(() => box.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (player === null || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'f') fullScreen.toggle();
    else if (act(event, player, fps)) event.preventDefault();
  };
  return (
    <section
      ref={box}
      className="recorded"
      data-phase={snapshot.phase}
      data-at={Math.round(snapshot.at)}
      aria-label={t.recorded.video(streamId)}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className="player">
        <video ref={setVideo} data-stream-id={streamId} muted playsInline onClick={() => player?.toggle()} />
        <RecordedOverlay snapshot={snapshot} onStart={() => player?.start()} />
      </div>
      <div className="recorded-bar">
        <div className="recorded-head">
          <p>
            <span className="recorded-badge" data-original={original || undefined}>
              {original ? t.originals.label : t.recorded.label}
            </span>
            <time dateTime={new Date(snapshot.at).toISOString()}>
              {formatTime(new Date(snapshot.at).toISOString(), new Date())}
            </time>
          </p>
          {onBack && (
            <button type="button" className="button" onClick={onBack}>
              <span className="live-dot" />
              {t.recorded.backToLive}
            </button>
          )}
        </div>
        <RecordedControls player={player} snapshot={snapshot} span={span} fps={fps} fullScreen={fullScreen}>
          <FileLink className="button download" href={moviePath(of)} name={movieName(of)} camera={streamId}>
            <Download className="icon" aria-hidden="true" />
            {t.recorded.download}
          </FileLink>
        </RecordedControls>
      </div>
    </section>
  );
}

/** What a key does; false for other keys, and for those that a control in focus needs itself. */
function act(event: KeyboardEvent, player: RecordedPlayer, fps: number | null): boolean {
  const { at, muted } = player.snapshot;
  const onControl = event.target !== event.currentTarget;
  switch (event.key) {
    case ',':
      player.step(-1, fps);
      return true;
    case '.':
      player.step(1, fps);
      return true;
    case 'm':
      player.setMuted(!muted);
      return true;
    case ' ':
      if (!onControl) player.toggle();
      return !onControl;
    case 'ArrowLeft':
    case 'ArrowRight':
      if (!onControl) player.seek(at + (event.key === 'ArrowLeft' ? -JUMP_MS : JUMP_MS));
      return !onControl;
    default:
      return false;
  }
}
