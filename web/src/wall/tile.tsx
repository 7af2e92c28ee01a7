import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { StreamSummary } from '../api/types.ts';
import { LiveView } from '../player/view/live-view.tsx';
import { useFullScreen } from '../player/view/use-full-screen.ts';
import { useStream } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { RecordingBadge } from '../streams/badges.tsx';
import { OutageNote } from '../streams/outage-note.tsx';
import { playable, toneOf } from '../streams/stream-state.ts';
import { formatBitrate, formatFramerate, formatResolution } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { pictureFor } from './sub-stream.ts';
import { type TilePicture, TileTools } from './tile-tools.tsx';

/** One camera on the wall: its picture with what can be done with it; a press opens it. */
export function Tile(props: {
  stream: StreamSummary;
  /** Every stream, the small pictures among them. */
  streams: readonly StreamSummary[];
  /** Shown larger than others. */
  large: boolean;
  lowLatency: boolean;
  /** Whether it is the one that is heard. */
  sound: boolean;
  onSound: (on: boolean) => void;
}) {
  const { stream, lowLatency, sound } = props;
  const { id } = stream;
  const { api, can } = useSession();
  const navigate = useNavigate();
  const box = useRef<HTMLElement>(null);
  const fullScreen = useFullScreen(box, null);
  const picture = pictureFor(stream, props.streams, props.large || fullScreen.on);
  const shown = playable(picture);
  const { data: detail } = useStream(id, !shown && stream.state !== 'stopped');
  const { authorization } = api;
  const pulled = !stream.source_url.startsWith('publish:');
  const tools = (held: TilePicture) => (
    <>
      <Heard picture={held} sound={sound} />
      <TileTools
        id={id}
        picture={held}
        sound={sound}
        mayMove={pulled && can('cameras:ptz', id)}
        mayReplay={can('recordings:read', id)}
        fullScreen={fullScreen}
        onSound={props.onSound}
      />
    </>
  );
  return (
    <article ref={box} className="tile" data-state={stream.state} data-picture={picture.id}>
      <LiveView
        streamId={picture.id}
        source={{ streamId: picture.id, base: '', authorization, audio: sound, lowLatency }}
        live={shown}
        compact
        tools={tools}
      >
        <OutageNote state={stream.state} detail={detail} />
      </LiveView>
      <div className="tile-head">
        <h2>
          <button
            type="button"
            className="tile-open"
            data-stream={id}
            onClick={() => void navigate({ to: '/cameras/$id', params: { id } })}
          >
            <span className="badge-dot" data-tone={toneOf(stream.state)} />
            <span className="truncate">{id}</span>
            <span className="visually-hidden">{t.wall.openWith(t.state[stream.state])}</span>
          </button>
        </h2>
        <p className="tile-figures">{figures(picture)}</p>
        <RecordingBadge recording={stream.recording} brief />
      </div>
    </article>
  );
}

/** Lets the sound of the tile be heard as soon as its picture has one. */
function Heard({ picture, sound }: { picture: TilePicture; sound: boolean }) {
  const { player, snapshot } = picture;
  const playing = snapshot.phase === 'playing';
  useEffect(() => {
    if (playing) player?.setMuted(!sound);
  }, [player, sound, playing]);
  return null;
}

/** What is known of a live picture, as one line. */
function figures({ state, metrics }: StreamSummary): string {
  if (state !== 'live') return '';
  const parts = [
    metrics.resolution === null ? null : formatResolution(metrics.resolution),
    metrics.framerate === null ? null : formatFramerate(metrics.framerate),
    metrics.bitrate === null ? null : formatBitrate(metrics.bitrate),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
